-- Take alerts that are due. Each is marked before it is sent: a kill in between loses it rather than sends it twice.
-- That of a silenced incident is held there: change_feedback.lua makes it due again when the silence is taken back.
-- KEYS  alerts:due
-- ARGV  now_ms, alerts allowed, key prefix of incidents
-- reply for each alert {incident id, version}
redis.call('ZREM', KEYS[1], '')  -- see claim_flags.lua
local taken = {}
for _, alert in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
  redis.call('ZREM', KEYS[1], alert)
  local incident_id, version = string.match(alert, '^(.+):(%d+)$')
  local incident = ARGV[3] .. incident_id
  local state = redis.call('HGET', incident, 'state')
  if state == 'silenced' then
    redis.call('HSET', incident, 'alert_held', version)
  elseif state and state ~= 'muted' and redis.call('HSETNX', incident, 'alert:' .. version, 'sending') == 1 then
    taken[#taken + 1] = {incident_id, version}
  end
end
return taken
