--- Names of people and of things in a schema, written in another way. ASCII letters change case, others stay.
local names = {}

--- "jean-luc PICARD" -> "Jean-Luc Picard", "d'arcy" -> "D'Arcy". nil stays nil.
function names.title(text)
  if text == nil then return nil end
  return (text:lower():gsub("([%w\128-\255])([%w\128-\255]*)", function(first, rest) return first:upper() .. rest end))
end

--- "customerId", "Customer ID" -> "customer_id".
function names.snake(text)
  text = text:gsub("(%l)(%u)", "%1_%2"):gsub("(%u)(%u%l)", "%1_%2"):gsub("(%d)(%u)", "%1_%2")
  return (text:gsub("[^%w\128-\255]+", "_"):gsub("^_+", ""):gsub("_+$", ""):lower())
end

--- "customer_id" -> "customerId".
function names.camel(text)
  return (names.snake(text):gsub("_(%w)", function(letter) return letter:upper() end))
end

--- White space at both ends gone, runs of it inside one space; an empty text becomes nil.
function names.squeeze(text)
  if text == nil then return nil end
  text = text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
  if text == "" then return nil end
  return text
end

return names
