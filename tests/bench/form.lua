-- Sends a form of the portal, each time for somebody else, over connections that
-- are kept alive.
--
-- The form's token and the browser's cookie come from a form that was fetched once
-- beforehand; every connection sends them, as tabs of one browser would.
--
-- Arguments: the script that says what is sent (sign_in, set_up), the cookie, the
-- token, the prefix of user names, how many there are, and ms to wait between the
-- answer to one form and the next.

local folder = debug.getinfo(1, 'S').source:match('^@(.*/)') or './'
dofile(folder .. 'report.lua')

local body, pause
local seeded = 0

function setup(thread)
    seeded = seeded + 1
    thread:set('seed', os.time() + seeded)
end

function init(arguments)
    math.randomseed(seed)
    wrk.headers['Cookie'] = arguments[2]
    wrk.headers['Content-Type'] = 'application/x-www-form-urlencoded'
    body = dofile(folder .. arguments[1] .. '.lua')(arguments[3], arguments[4],
                                                     tonumber(arguments[5]))
    pause = tonumber(arguments[6])

    if pause > 0 then
        delay = function() return math.random(0, 2 * pause) end
    end
end

function request()
    return wrk.format('POST', nil, nil, body())
end
