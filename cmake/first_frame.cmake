# What the page's first frame waits for: the script and the sheets that its head names come to stand in the page itself,
# the modules behind main.js are named in its head, so that none waits for another to ask for it. Runs at build time.
#
#   first_frame(WEB OUT)       writes the page to OUT; sets script_sha256 and style_sha256 of what stands in it, in hex

function(first_frame web out)
  file(READ ${web}/index.html page)

  # The one classic script, and all sheets as one.
  string(REGEX MATCH "<script src=\"/([^\"]*)\"></script>" tag "${page}")
  file(READ ${web}/${CMAKE_MATCH_1} script)
  string(REPLACE "${tag}" "<script>${script}</script>" page "${page}")
  set(style "")
  string(REGEX MATCHALL "  <link rel=\"stylesheet\" href=\"/[^\"]*\">\n" tags "${page}")
  foreach(tag IN LISTS tags)
    string(REGEX MATCH "href=\"/([^\"]*)\"" _ "${tag}")
    file(READ ${web}/${CMAKE_MATCH_1} sheet)
    string(APPEND style "${sheet}")
    string(REPLACE "${tag}" "" page "${page}")
  endforeach()
  string(REPLACE "</head>" "<style>${style}</style>\n</head>" page "${page}")

  # What main.js imports, and what that imports: js/panels.js and all behind it is imported later.
  set(modules main.js)
  set(asking main.js)
  while(asking)
    list(POP_FRONT asking module)
    file(STRINGS ${web}/js/${module} imports REGEX "^import ")
    foreach(line IN LISTS imports)
      string(REGEX REPLACE "^.*\"\\./([^\"]*)\".*$" "\\1" imported "${line}")
      if(NOT imported IN_LIST modules)
        list(APPEND modules ${imported})
        list(APPEND asking ${imported})
      endif()
    endforeach()
  endwhile()
  list(TRANSFORM modules REPLACE "(.+)" "  <link rel=\"modulepreload\" href=\"/js/\\1\">")
  list(JOIN modules "\n" modules)
  string(REGEX REPLACE "  <!-- modulepreload: [^\n]*" "${modules}" page "${page}")

  file(WRITE ${out} "${page}")
  string(SHA256 script_sha256 "${script}")
  string(SHA256 style_sha256 "${style}")
  return(PROPAGATE script_sha256 style_sha256)
endfunction()
