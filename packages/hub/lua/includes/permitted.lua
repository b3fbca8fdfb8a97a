-- Whether Redis would run this command. Redis 6 cannot tell beforehand.
local function isPermitted(...) return not redis.acl_check_cmd or redis.acl_check_cmd(...) end

-- Ends the script when Redis would refuse one of these commands: what a script has written by then is not undone.
local function demand(commands)
  for _, command in ipairs(commands) do
    if not isPermitted(unpack(command)) then
      error({ err = "NOPERM this user has no permissions to run '" .. command[1]:lower() .. "' on " .. command[2] })
    end
  end
end
