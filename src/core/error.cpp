#include "trama/core/error.hpp"

namespace trama::core {

int exit_code(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::usage:
            return 2;
        case ErrorKind::scheme:
            return 3;
        case ErrorKind::data:
            return 4;
        case ErrorKind::run:
            return 5;
        case ErrorKind::interrupted:
            return 130;
    }
    return 5;
}

}  // namespace trama::core
