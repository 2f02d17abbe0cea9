-- The tests' own words, so that a suite cannot pass by accident.
return {
  ["equal raises for different values and names both"] = function(check)
    check.equal(1, 1)
    check.raises(function() check.equal("a", "b") end, '"a", expected "b"')
    check.raises(function() check.equal(nil, false) end, "nil, expected false")
  end,

  ["raises fails when nothing or something else is raised"] = function(check)
    check.raises(function() check.raises(function() end, "x") end, "nothing was raised")
    check.raises(function() check.raises(function() error("y") end, "x") end, "does not contain")
  end,
}
