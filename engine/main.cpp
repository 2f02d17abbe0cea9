// Composition root: builds the Lua host and hands it to the command line. The only file that knows both sides.
int main() { return 0; }
