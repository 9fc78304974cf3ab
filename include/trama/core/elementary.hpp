#pragma once

/// Elementary functions with the same bits on every compiler and instruction set: plain IEEE double
/// operations in a fixed order, no libm, no FMA contraction. Error below 1 ulp (tested against correctly
/// rounded values).
namespace trama::core {

double exp(double x);
double log(double x);
double sin(double x);  ///< |x| up to 2^20 within the stated error
double cos(double x);
double pow(double x, double y);
double sqrt(double x);  ///< IEEE: correctly rounded everywhere

}  // namespace trama::core
