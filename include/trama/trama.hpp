#pragma once

/// Everything that a program needs to check, run and extend schemes. Torch-free: libtorch is loaded when a
/// run needs it.

#include "trama/core/error.hpp"
#include "trama/core/hash.hpp"
#include "trama/core/model.hpp"
#include "trama/core/safetensors.hpp"
#include "trama/core/value.hpp"
#include "trama/lang/diagnostic.hpp"
#include "trama/lang/scheme.hpp"
#include "trama/learn/backend.hpp"
#include "trama/learn/library.hpp"
#include "trama/measure/observer.hpp"
#include "trama/run/run.hpp"
#include "trama/version.hpp"
