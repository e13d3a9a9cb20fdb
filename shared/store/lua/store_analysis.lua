-- Put an analysis into its incident, if the token still holds and the incident still shows the flag that was read.
-- KEYS  incident, incidents:pending, alerts:due, archive:analyses, archive:wanted
-- ARGV  incident id, token, window id, now_ms, ask again at (ms, "" = never), severity's rank,
--       then the analysis: field, value, ...
-- reply 1 | 0 (nothing was written)
redis.call('ZREM', KEYS[2], '')  -- see claim_flags.lua
local h = redis.call('HMGET', KEYS[1], 'model_token', 'analysis_window', 'severity_rank', 'version', 'stream', 'signature',
  'analysis_templates', 'silenced_by')
if h[1] ~= ARGV[2] or h[2] ~= ARGV[3] then return 0 end
if ARGV[5] == '' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  local alert = ARGV[1] .. ':' .. (h[4] or '0')
  if redis.call('ZSCORE', KEYS[3], alert) then redis.call('ZADD', KEYS[3], 'LT', ARGV[4], alert) end
else
  redis.call('ZADD', KEYS[2], ARGV[5], ARGV[1])
end
redis.call('HSET', KEYS[1], unpack(ARGV, 7))
if ARGV[5] == '' and redis.call('EXISTS', KEYS[5]) == 1 and redis.call('XLEN', KEYS[4]) < 20000 then
  redis.call('XADD', KEYS[4], '*', 's', h[5] or '', 'w', ARGV[3], 'i', ARGV[1], 'g', h[6] or '', 't', h[7] or '',
    'c', ARGV[10], 'e', ARGV[12], 'r', ARGV[6], 'f', h[8] or '')
end
if tonumber(ARGV[6]) > tonumber(h[3]) then
  redis.call('HSET', KEYS[1], 'severity_rank', ARGV[6],
    'severity', ({'low', 'medium', 'high', 'critical'})[tonumber(ARGV[6]) + 1])
end
return 1
