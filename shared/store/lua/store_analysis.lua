-- Put an analysis into its incident, if the token still holds and the incident still shows the flag that was read.
-- KEYS  incident, incidents:pending, alerts:due
-- ARGV  incident id, token, window id, now_ms, ask again at (ms, "" = never), severity's rank,
--       then the analysis: field, value, ...
-- reply 1 | 0 (nothing was written)
redis.call('ZREM', KEYS[2], '')  -- see claim_flags.lua
local h = redis.call('HMGET', KEYS[1], 'model_token', 'analysis_window', 'severity_rank', 'version')
if h[1] ~= ARGV[2] or h[2] ~= ARGV[3] then return 0 end
if ARGV[5] == '' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  local alert = ARGV[1] .. ':' .. (h[4] or '0')
  if redis.call('ZSCORE', KEYS[3], alert) then redis.call('ZADD', KEYS[3], 'LT', ARGV[4], alert) end
else
  redis.call('ZADD', KEYS[2], ARGV[5], ARGV[1])
end
redis.call('HSET', KEYS[1], unpack(ARGV, 7))
if tonumber(ARGV[6]) > tonumber(h[3]) then
  redis.call('HSET', KEYS[1], 'severity_rank', ARGV[6],
    'severity', ({'low', 'medium', 'high', 'critical'})[tonumber(ARGV[6]) + 1])
end
return 1
