#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

/// Edge inference, without a runtime yet: it checks and prints.
namespace trama::learn {

namespace {

Describe vision(std::string name, std::string sort, std::string type = {}) {
    return Describe(std::move(name), std::move(sort), std::move(type)).in("Vision");
}

}  // namespace

void add_vision(Library& library) {
    auto& registry = library.registry();
    registry.add(
        vision("video", "block", "() -> Frame")
            .says("The frames of a film or a camera, one token each, until it ends.")
            .like("video(\"cam.avi\") >> detect(yolov5n) >> alert(man_down)")
            .takes(Param("source", "string",
                         "A file, a device such as `/dev/video0`, or an address (`rtsp://...`)."))
            .takes(Param("rate", "real", "Frames a second at most; those of the source when left out.")
                       .or_nothing()
                       .above(0))
            .at_rate(lang::Rate::open));
    registry.add(
        vision("detect", "block", "Frame -> Detections")
            .says("Finds objects in a frame: boxes, classes and how sure it is.")
            .like("video(\"cam.avi\") >> detect(yolov5n, confidence: 0.5)")
            .takes(Param("detector", "detector", "The net that finds them."))
            .takes(Param("confidence", "real | fraction", "Least certainty of what is passed on.")
                       .or_else("0.25")
                       .at_least(0)
                       .at_most(1))
            .takes(Param("overlap", "real | fraction", "Boxes of one class that overlap more are one object.")
                       .or_else("0.45")
                       .at_least(0)
                       .at_most(1)));
    registry.add(
        vision("yolov5n", "detector")
            .says("YOLOv5 nano: a small detector of the 80 classes of COCO.")
            .like("detect(yolov5n)")
            .after("Jocher et al., YOLOv5 by Ultralytics, 2020, doi 10.5281/zenodo.3908559")
            .takes(Param("file", "file", "Its TorchScript; the one that comes with Trama when left out.")
                       .or_nothing()));
    registry.add(vision("alert", "block", "Detections -> Event")
                     .says("Makes an Event when what is seen fits a condition.")
                     .like("detect(yolov5n) >> alert(man_down)")
                     .takes(Param("when", "alarm", "The condition.")));
    registry.add(
        vision("man_down", "alarm")
            .says("A person lies on the ground: the box is wider than high for a while.")
            .like("alert(man_down(frames: 10))")
            .takes(Param("frames", "int", "Frames in a row.").or_else("10").at_least(1))
            .takes(Param("ratio", "real", "Least width over height of the box.").or_else("1.2").above(0)));
}

}  // namespace trama::learn
