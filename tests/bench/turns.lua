-- Gets the page for one program after the other, each with its own credentials, over
-- connections that are kept alive.
--
-- Arguments: a file with what each sends behind `Basic`, one in a line, and whose turn
-- it is first, from 0.

local folder = debug.getinfo(1, 'S').source:match('^@(.*/)') or './'
dofile(folder .. 'report.lua')

local requests = {}
local turn

function init(arguments)
    for token in io.lines(arguments[1]) do
        wrk.headers['Authorization'] = 'Basic ' .. token
        table.insert(requests, wrk.format())
    end
    turn = tonumber(arguments[2])
end

function request()
    turn = turn % #requests + 1
    return requests[turn]
end
