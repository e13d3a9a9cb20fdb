-- Lease incidents that wait for a language model; one that was silenced meanwhile waits no longer.
-- KEYS  incidents:pending
-- ARGV  now_ms, lease until (ms), incidents allowed, key prefix of incidents
-- reply for each incident {incident id, token, attempts, window id of the flag to read}
redis.call('ZREM', KEYS[1], '')  -- see claim_flags.lua
local claimed = {}
for _, incident_id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
  local incident = ARGV[4] .. incident_id
  local state, window_id = unpack(redis.call('HMGET', incident, 'state', 'analysis_window'))
  if window_id and state ~= 'silenced' then
    redis.call('ZADD', KEYS[1], ARGV[2], incident_id)
    local token = redis.call('HINCRBY', incident, 'model_token', 1)
    claimed[#claimed + 1] = {incident_id, token, redis.call('HINCRBY', incident, 'model_attempts', 1), window_id}
  else
    redis.call('ZREM', KEYS[1], incident_id)
  end
end
return claimed
