-- a good one

revision = "a1"

function upgrade()
end
