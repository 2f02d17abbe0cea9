revision = "a"
down_revision = { "b", [[c]] }
local x = function(...) return ... end
function upgrade() for i = 1, 3 do x(i) end end
