-- A person resolves, mutes or reopens an incident.
-- KEYS  incident
-- ARGV  state, now_ms, who
-- reply the state before, nil if there is no such incident
local before = redis.call('HGET', KEYS[1], 'state')
if before and before ~= ARGV[1] then
  redis.call('HINCRBY', KEYS[1], 'version', 1)
  redis.call('HSET', KEYS[1], 'state', ARGV[1], 'state_changed_ms', ARGV[2], 'state_changed_by', ARGV[3])
end
return before
