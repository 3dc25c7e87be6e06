# Joins text files and writes them as a C array: cmake -DNAME=page_script -DOUTPUT=x.c "-DINPUTS=a.js;b.js" -P embed.cmake
# An array of numbers, since compilers need not take string literals of more than 4095 characters. Indentation, empty lines
# and lines that are comments stay out.
set(joined "")
foreach(input IN LISTS INPUTS)
  file(READ "${input}" text)
  string(APPEND joined "${text}\n")
endforeach()
string(REGEX REPLACE "\n[ \t]+" "\n" joined "${joined}")
string(REGEX REPLACE "\n//[^\n]*" "" joined "\n${joined}")
string(REGEX REPLACE "\n\n+" "\n" joined "${joined}")
set(temporary "${OUTPUT}.txt")
file(WRITE "${temporary}" "${joined}")
file(READ "${temporary}" hex HEX)
file(REMOVE "${temporary}")
string(REGEX REPLACE "(................................................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," hex "${hex}")
file(WRITE "${OUTPUT}" "#include \"viz/page_assets.h\"\nconst char ${NAME}[] = {\n${hex}0};\n")
