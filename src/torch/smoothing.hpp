#pragma once

#include "torch/workspace.hpp"

namespace trama::torch {

/// Makes of a batch's cross entropy and its gradient (in `frame`, as Loss leaves them) those with label
/// smoothing: the target of each sample is 1 − share on its label and share / classes on all. Gives the new
/// mean loss. Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016.
double smooth(double share, double loss, Frame& frame);

}  // namespace trama::torch
