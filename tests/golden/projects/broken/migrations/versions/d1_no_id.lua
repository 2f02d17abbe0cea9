-- no id

function upgrade()
end
