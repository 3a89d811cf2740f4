--- docs/repl.lua: what help says of the prompt, its commands, the program's options and lunette.*.  How an entry looks:
-- docs/tensor.lua.  Examples that begin with : ? ! are lines of the prompt, those that begin with `lunette` of a shell.
local doc = lunette.doc

doc { name = "help", sig = "help(x)   ?name   name?   ??name   lunette help NAME",
  doc = "explains a function, class, command or option; ?? shows its source; ?tour is a first lesson; : lists the commands",
  example = 'help "sum"', example2 = "help(tensor.relu)", see = "?tour, :, :demo" }
doc { name = "?tour", sig = "?tour   ?tour 5   ?tour next   ?tour stop", doc = "twelve steps that you type, each checked; it goes on where you left it",
  example = "?tour", example2 = "?tour stop", see = "help, :demo" }
doc { name = "quit", sig = "quit()   exit()   ^D", doc = "leaves the prompt", example = "print(quit)", example2 = "print(exit)", see = "help" }
doc { name = "exit", sig = "exit()   quit()   ^D", doc = "leaves the prompt", example = "print(exit)", example2 = "print(quit)", see = "help" }

local function command(name, args, text, example, example2, see)
  doc { name = ":" .. name, sig = (":%s %s"):format(name, args):gsub("%s+$", ""), doc = text, example = example, example2 = example2, see = see }
end
command("help", "NAME", "explains, as ?NAME; alone the commands", ":help sum", ":help nn.Linear", "help")
command("?", "NAME", "explains, as ?NAME", ":? sum", ":? :who", "help")
command("who", "", "your variables, largest first: type, shape, bytes, does it learn", ":who", "x = tensor.ones(3)\n:who", ":full")
command("time", "CODE", "runs it once: wall time, GFLOP/s where known, allocations", ":time tensor.ones(3) + 1", ":time tensor.rand(64, 64):mm(tensor.rand(64, 64))", ":bench")
command("bench", "CODE", "runs it for a second: median, spread, runs", ":bench tensor.ones(3) + 1", ":bench 1 + 1", ":time")
command("run", "FILE ARGS", "runs a script here; its globals stay", ':run nosuch.lua', ':! echo "x = ..." > /tmp/lunette-help.lua\n:run /tmp/lunette-help.lua 5', ":reload, :watch")
command("reload", "", "reads the files again that :run or require brought, and puts changed functions in place", ":reload", '!echo "function f() return 1 end" > /tmp/lunette-help.lua\n:run /tmp/lunette-help.lua\n:reload', ":watch")
command("watch", "FILE", "reloads a file whenever it changes; without a file it stops", ":watch", '!echo "function f() return 1 end" > /tmp/lunette-help.lua\n:watch /tmp/lunette-help.lua\n:watch', ":reload")
command("history", "N | WORD", "the last 20 entries, or N, or those with WORD", ":history 3", ":history tensor", ":edit")
command("edit", "FILE", "the last entry in $EDITOR, then at the prompt again; with FILE that file, which then runs; ^X^E edits what is being typed", 'x = "nosuch"\n:edit', ":edit nosuch.lua", ":run, :history")
command("q", "", "leaves the prompt, as quit() and exit", "!true", ":! true", "quit")
command("bt", "", "where the last error came from, with locals", ":bt", "error 'no'\n:bt", ":who")
command("full", "CODE", "prints all of a value, through the pager", ":full tensor.ones(3)", ":full {1, 2}", ":digits, :who")
command("digits", "N", "how many digits behind the point tensors show, 4 at first; without N how many those are", ":digits", ":digits 8\ntensor.rand(3)\n:digits 4", ":full")
command("cd", "DIR", "changes the folder; without one, home", ":cd /tmp", ":cd", ":pwd")
command("pwd", "", "the current folder", ":pwd", ":cd /tmp\n:pwd", ":cd")
command("!", "COMMAND", "a shell command, as !COMMAND", "!true", ":! true", ":cd")
command("save", "FILE", "writes the inputs that succeeded as a script, over none but its own; running it gives the same values (but for what a failed input drew of math.random)", ":save /tmp/lunette-help-session.lua", "tensor.seed(3)\n:save /tmp/lunette-help-session.lua", ":run")
command("demo", "NAME code", "the projects: what they show, how long they take; with a name it runs, with `code` it is shown", ":demo", ":demo planar code", "?tour, lunette run")
command("tour", "", "a first lesson, as ?tour", ":tour", ":tour stop", "?tour")
command("why", "LOSS", "gradient size of every parameter that LOSS reaches; zeros and explosions marked",
  "net = nn.Linear(2, 1)\n:why nn.mse(net(tensor.ones(3, 2)), tensor.zeros(3, 1))", "w = tensor.ones(2):requires_grad()\n:why (w * 0):sum()", ":gradcheck, tensor.anomaly")
command("gradcheck", "NET", "compares the gradients of a network or function with central differences", ":gradcheck nn.Linear(2, 3)",
  ":gradcheck function(x) return x:tanh() end", "tensor.gradcheck, :why")

local function option(name, sig, text, example, example2, see)
  doc { name = name, sig = sig, doc = text, example = example, example2 = example2, see = see }
end
option("lunette", "lunette [options] [script.lua [arguments]]", "the prompt; with a script that script; in a pipe its standard input",
  "lunette --version", "lunette -e 'print(1 + 1)'", "-e, -i, lunette run")
option("-e", "lunette -e CODE", "runs CODE", "lunette -e 'print(1)'", "lunette -e 'print(...)' 5", "lunette")
option("-i", "lunette -i FILE", "runs FILE, then the prompt", "lunette -i /dev/null", "echo 'x = 1' > /tmp/lunette-help.lua; lunette -i /tmp/lunette-help.lua", "-e")
option("-", "lunette -", "runs standard input", "echo 'print(1)' | lunette -", "lunette - < /dev/null", "-e")
option("--norc", "lunette --norc", "without ~/.config/lunette/init.lua", "lunette --norc < /dev/null", "lunette --norc -e 'print(1)'", "lunette")
option("--version", "lunette --version", "the version", "lunette --version", "lunette --version | cut -d' ' -f2", "--help")
option("--help", "lunette --help   lunette run NAME --help", "the options of the program, or of a project", "lunette --help", "lunette run planar --help", "lunette help")
option("lunette list", "lunette list", "the projects: those in the program, and new ones in ./scripts and LUNETTE_PATH/scripts", "lunette list", "lunette list | wc -l", "lunette run")
option("--strict", "lunette run NAME --strict", "ends with status 3 when the claim falls short", "lunette run gradient_checking --quick --viz=off --strict",
  "lunette run conv_step_by_step --quick --viz=off --strict=true", "lunette run")
option("lunette run", "lunette run NAME|FILE [--option value ...]", "runs a project, or a script by its path; NAME all runs every project", "lunette run planar --help",
  "lunette run conv_step_by_step --quick --viz=off", "lunette list, --quick, --viz")
option("lunette demo", "lunette demo [NAME ...|panels|video PATH]", "projects one after another in one window; all panels; a video or camera with boxes", "lunette demo conv_step_by_step --quick --viz=off",
  "lunette demo gradient_checking --quick --viz=off", "lunette run")
option("lunette runs", "lunette runs [NAME] [--viz=window|files|term|off]", "earlier runs of projects and scripts, of which lunette run keeps a small file each in runs/ (options, claim, curves) and shows the last three under the next one's curves; of NAME compared, with their curves",
  "lunette runs | head", "lunette runs --viz=off | wc -l", "lunette run, viz.at")
option("lunette bench", "lunette bench [--list] [NAME ...]   lunette bench ops [PATTERN]   lunette bench onnx FILE [1x3x224x224]   lunette bench viz [frames|window|posts]   lunette bench scale [NAME ...]", "the benchmark's workloads, median milliseconds of each; single operations at several sizes, median microseconds; a network from an ONNX file with its slowest nodes; what many processes would gain", "lunette bench --list", "lunette bench --list | wc -l", ":bench")
option("lunette help", "lunette help NAME   lunette help --all", "explains in a shell; --all writes the reference", "lunette help sum", "lunette help --all | head -n 3", "help")
option("--all", "lunette help --all > reference.md", "every entry of help, in one text", "lunette help --all | wc -l", "lunette help --all | head -n 3", "lunette help")
option("--man", "lunette help --man > lunette.1", "the manual page, made of the entries of help", "lunette help --man | head -n 3", "lunette help --man | wc -l", "lunette help")
option("--completion", "lunette help --completion > lunette", "completion for bash", "lunette help --completion | wc -l", "lunette help --completion | tail -n 1", "lunette help")
option("--list", "lunette bench --list", "what the workloads are", "lunette bench --list", "lunette bench --list | wc -l", "lunette bench")
option("lunette stubs", "lunette stubs DIR", "annotation files for editors (lua-language-server)", "lunette stubs /tmp/lunette-help-stubs",
  "lunette stubs /tmp/lunette-help-stubs && ls /tmp/lunette-help-stubs", "lunette help")
option("--quick", "lunette run NAME --quick", "seconds instead of minutes: a check that it runs", "lunette run gradient_checking --quick --viz=off",
  "lunette run planar --quick --viz=off", "lunette run")
option("--data", "lunette run NAME --data PATH", "the original data set instead of the generated one, where the project has one", "lunette run deep_cats --help",
  "lunette run logistic_cats --help", "lunette run")
option("--out", "lunette run NAME --out DIR", "where weights go", "lunette run gradient_checking --quick --viz=off --out /tmp/lunette-help", "lunette run planar --help", "lunette run")
option("--viz", "lunette run NAME --viz=window|files|term|off", "where panels appear", "lunette run gradient_checking --quick --viz=off",
  "lunette run planar --quick --viz=term", "viz.mode")
option("NO_COLOR", "NO_COLOR=1 lunette", "an environment variable: no colours", "NO_COLOR=1 lunette -e 'print(1)'", "NO_COLOR=1 lunette --version", "LUNETTE_HISTORY")
option("LUNETTE_HISTORY", "LUNETTE_HISTORY=FILE lunette", "an environment variable: the history, $XDG_STATE_HOME/lunette/history by default", "LUNETTE_HISTORY=/dev/null lunette --version",
  "LUNETTE_HISTORY=/tmp/lunette-help.history lunette --version", "NO_COLOR")
option("LUNETTE_PATH", "LUNETTE_PATH=DIR lunette", "an environment variable: Lua files there take the place of those in the program", "LUNETTE_PATH=. lunette --version",
  "LUNETTE_PATH=/tmp lunette -e 'print(1)'", "lunette.file")

local function own(name, args, text, example, example2, see, options)
  doc { name = "lunette." .. name, sig = ("lunette.%s%s"):format(name, args), doc = text, example = example, example2 = example2, see = see or "lunette", options = options }
end
own("version", "", "the version, a string", "print(lunette.version)", "assert(lunette.version:match '^%d')")
own("options", "{epochs=3, quick={epochs=1}, range={}, ...}", "a script's options with their defaults; every key is a flag on the command line, checked before it is given",
  "opt = lunette.options{epochs = 3}\nprint(opt.epochs)",
  "opt = lunette.options{lr = 0.1, net = 'small', choice = {net = 'small large'}, range = {lr = {0, 1}}}\nprint(opt.net)", "lunette.option, lunette run", {
    { "quick", "none", "{epochs=1}: what --quick sets" },
    { "range", "none", "{height={16, 512, 16}}: least, most, a divisor; else from 1 on (above 0 for 0.1, from 0 for 0) to 100 times the default, 1000 at least" },
    { "choice", "none", "{net=\"small large\"}: the words it may be" },
    { "paths", "none", "{text=\"file\", picture={\"file\", \"coast\"}}: read (a file or folder), file, folder, video, or write; then words that are no path. "
      .. "Known: data, weights, picture, labels, names, cfg, video, camera, enrol, wav, vocab" },
    { "needs", "none", "{labels=\"weights cfg\", cfg={\"weights\", \"picture video\"}}: without meaning unless one of these (of each) is given; \"net=small\": with this value" },
    { "not_with", "none", "{course=\"text\"}: without meaning when one of these is given" },
    { "only", "none", "{weights=\"picture labels\"}: with it these alone have a meaning, and seed, quick, viz, strict" },
    { "preset", "none", "{course={size=160}}: what it sets where the command line says nothing else; after --quick" },
  })
own("option", "(name, f, ...)", "what f(...) gives; when it raises, or gives nil and why, an error that names the option, its value and the reason, and no line of the script",
  'print(lunette.option("weights", math.max, 1, 2))', 'print(pcall(lunette.option, "weights", data.weights, "/dev/null/nosuch"))', "lunette.options")
own("given", "(name)", "whether the command line said what a script's option is, be it its default", 'opt = lunette.options{size = 32}\nprint(lunette.given "size")',
  'if not lunette.given "size" then print "as the file has it" end', "lunette.options")
own("clock", "()", "seconds of a clock that only goes forward", "t = lunette.clock()\nprint(lunette.clock() - t >= 0)", "print(lunette.clock() > 0)", ":time")
own("memory", "()", "bytes: live, peak, cached (of tensors), resident (of the process); tensors alive, allocations", "print(lunette.memory().tensors >= 0)",
  "print(lunette.memory().resident > 0)", "lunette.memory_limit")
own("memory_limit", "(bytes)", "tensors may take so many bytes in all; 0: no limit", "lunette.memory_limit(8e9)\nlunette.memory_limit(0)", "print(lunette.memory().limit)", "lunette.memory")
own("trim", "()", "gives cached memory back to the system", "lunette.trim()", "lunette.trim()\nprint(lunette.memory().cached)", "lunette.memory")
own("sleep", "(seconds)", "waits; ^C ends it", "lunette.sleep(0.01)", "start = lunette.clock()\nlunette.sleep(0.02)\nprint(lunette.clock() - start > 0.01)", "lunette.clock")
own("reset_peak", "()", "the peak begins anew at what is live", "lunette.reset_peak()", "lunette.reset_peak()\nprint(lunette.memory().peak >= 0)", "lunette.memory")
own("threads", "(n)", "sets, and tells, the number of threads", "print(lunette.threads())", "n = lunette.threads()\nlunette.threads(1)\nlunette.threads(n)", "lunette.isa")
own("isa", "()", "the instruction set of the kernels in use", "print(lunette.isa())", "assert(type(lunette.isa()) == 'string')", "lunette.threads")
own("isatty", "(1)", "is a stream (0, 1, 2) a terminal", "print(lunette.isatty(1))", "print(lunette.isatty(2))")
own("is_tensor", "(v)", "is v a tensor", "print(lunette.is_tensor(tensor(1)))", "print(lunette.is_tensor{})", "nn.is_module")
own("typename", "(v)", '"f32[2,3]" for tensors, else Lua\'s type', "print(lunette.typename(tensor.ones(2, 3)))", "print(lunette.typename(nil))", "lunette.is_tensor")
own("stop_requested", "()", "did ^C ask a training loop to end after its step; your own loops may ask it too", "print(lunette.stop_requested())",
  "for i = 1, 3 do if lunette.stop_requested() then break end end", "net:fit")
own("training", "()", "local _ <close> = lunette.training(): up to the block's end a ^C only sets lunette.stop_requested()",
  "do local _ <close> = lunette.training(); print(lunette.stop_requested()) end", "t = lunette.training()\ngetmetatable(t).__close(t)", "lunette.stop_requested")
own("flops", "(on)", "floating-point operations of forward ops since counting was turned on", "lunette.flops(true)\nx = tensor.ones(8, 8):mm(tensor.ones(8, 8))\nprint(lunette.flops(false))",
  "print(lunette.flops() >= 0)", ":time")
own("width", "()", "columns of the terminal; 80 where there is none", "print(lunette.width())", "assert(lunette.width() > 0)", "lunette.isatty")
own("doc", "{name=, sig=, doc=, options=, example=, see=}", "an entry of help for something of yours", 'lunette.doc{name = "mine", sig = "mine(x)", doc = "x", example = "print(1)"}\nhelp "mine"',
  'print(lunette.doc{name = "mine", sig = "mine(x)", doc = "x"}.name)', "help")
own("raise", "(message)", "an error in this program's form, at the user's line; for modules", 'print(pcall(lunette.raise, "no"))', 'assert(not pcall(lunette.raise, "no"))', "lunette.checked")
own("checked", "(what, given, known)", "options with their defaults filled in; an unknown one is an error with the nearest known one", 'print(lunette.checked("f", {a = 1}, {a = 0, b = 2}).b)',
  'print(pcall(lunette.checked, "f", {aa = 1}, {a = 0}))', "lunette.none, lunette.whole")
own("none", "", "the default of an option that has none, for lunette.checked", 'print(lunette.checked("f", {}, {a = lunette.none}).a)', "assert(lunette.none)", "lunette.checked")
own("whole", "(what, name, v, least, most)", "v as an integer, which must be a whole number from least (1) to most; else an error that names it", 'print(lunette.whole("f", "n", 3.0))', 'print(pcall(lunette.whole, "f", "n", 0))', "lunette.checked")
own("nearest", "(word, names)", "the name most like word, or nil", 'print(lunette.nearest("sun", {"sum", "max"}))', 'print(lunette.nearest("xyz", {"sum"}))', "lunette.checked")
own("file", "(path)", "the bytes of a file in the program, or nil", 'print(#lunette.file "scripts/planar.lua" > 0)', 'print(lunette.file "nosuch")', "lunette.files")
own("files", "(prefix)", "names of the files in the program that begin so", 'print(#lunette.files "scripts/" > 0)', 'print(#lunette.files() > 0)', "lunette.file")
own("folder", "(path)", "the names in a folder, in no order and without hidden ones, and {name = true} of those that are folders; nil and why", 'for _, name in ipairs((assert(lunette.folder "."))) do assert(#name > 0) end', 'print(lunette.folder "/dev/null/none")', "lunette.files")
own("mkdir", "(path)", "makes a folder and those above it; true, or nil and why", 'assert(lunette.mkdir "/tmp/lunette-help")', 'print(lunette.mkdir "/proc/dev/null/nosuch")')
own("chdir", "(path)", "changes the folder; true, or nil and why", 'assert(lunette.chdir ".")', 'print(lunette.chdir "/dev/null/nosuch")', ":cd")
own("modified", "(path)", "when a file was last changed, in seconds; nil when there is none", 'print(lunette.modified "/dev/null/nosuch")', 'print(lunette.modified "/" ~= nil)', ":watch")
own("ops", "()", "a list of all ops as they are declared", "print(#lunette.ops() > 100)", "print(lunette.ops()[1].name)", "lunette.op")
own("op", "(name)", "the function of an op, of those too that no module offers", 'print(lunette.op "add"(tensor(1), tensor(2)))', 'print(lunette.op "nosuch")', "lunette.ops")
own("param", "(op, name)", "the default of an op's parameter, and the words of one that is a choice", 'print(lunette.param("leaky_relu", "slope"))   --> 0.01', 'print(lunette.param("mse", "reduction"))', "lunette.ops")
