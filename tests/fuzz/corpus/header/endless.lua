revision = "a"
while true do end
