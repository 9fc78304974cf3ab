#include "engine/fastflow/build.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <type_traits>
#include <unordered_map>

#include <fmt/format.h>

#include "engine/fastflow/library.hpp"

namespace trama::engine::fastflow {
namespace {

/// FastFlow counts threads and places them in static variables: runs side by side are started one by one.
std::mutex starting;

/// Slots of a piece of a queue; they grow by further pieces. Few are filled, and there are many queues.
constexpr int queue_length = 16;

/// Queues that a node reads and writes.
struct Ends {
    std::vector<Queue*> in, out;
};

void add(std::vector<Queue*>& queues, Queue* queue) {
    if (queue != nullptr) queues.push_back(queue);
}

/// FastFlow's own leaves condition variables behind when it goes.
class LoadBalancer final : public ff::ff_loadbalancer {
  public:
    using ff::ff_loadbalancer::ff_loadbalancer;
    ~LoadBalancer() override {
        drop(cons_c);
        drop(prod_c);
    }

  private:
    static void drop(pthread_cond_t*& condition) {
        if (condition == nullptr) return;
        pthread_cond_destroy(condition);
        std::free(condition);
        condition = nullptr;
    }
};

/// What FastFlow's classes have in common, open to us.
class Part {
  public:
    virtual ~Part() = default;
    /// Makes the queues inside, which it would do when it is run. False where it cannot.
    virtual bool prepared_inside() { return true; }
    virtual void float_freely() = 0;  ///< from core to core
    virtual bool start() = 0;
    virtual void join() = 0;  ///< those that have started
};

/// A node within FastFlow's expression.
class Leaf : public Part {
  public:
    /// Once everything is connected.
    virtual Ends ends() = 0;
    /// Has it begin without waiting for anything at its queues: it does that itself.
    virtual void begin_at_once() = 0;
    virtual Node& node() = 0;
};

/// `Base`: ff_node, ff_minode or ff_monode, as the place in the expression wants it.
template <class Base>
class LeafOf final : public Base, public Leaf {
  public:
    LeafOf(Node& node, FastFlowHost& host) : node_(node), host_(host) {
        if constexpr (std::is_base_of_v<ff::ff_monode, Base>)
            this->setlb(new LoadBalancer(DEF_MAX_NUM_WORKERS), true);
    }

    void* svc(void* /*task*/) override {
        try {
            node_.run();
        } catch (const std::exception& bug) {  // across FastFlow's threads it would end the program
            host_.failed(fmt::format("internal error: {}", bug.what()));
        } catch (...) {
            host_.failed("internal error: an exception of an unknown type");
        }
        node_.leave_slot();  // others may wait for it
        return this->GO_OUT;
    }
    // Patterns take it back for all but their first node.
    void skipfirstpop(bool /*skips*/) override { Base::skipfirstpop(true); }
    using Base::skipfirstpop;

    void begin_at_once() override { skipfirstpop(true); }
    void float_freely() override { this->no_mapping(); }
    bool start() override { return this->run(true) >= 0; }
    void join() override { this->wait(); }
    Node& node() override { return node_; }
    Ends ends() override {
        Ends ends;
        ff::svector<ff::ff_node*> from;
        ff::svector<ff::ff_node*> to;
        if constexpr (std::is_base_of_v<ff::ff_minode, Base>) {
            this->get_in_nodes(from);
            this->get_in_nodes_feedback(from);
        } else {
            add(ends.in, this->get_in_buffer());
        }
        if constexpr (std::is_base_of_v<ff::ff_monode, Base>) {
            // As the emitter of a farm it has that one's load balancer, which reads for it.
            this->getlb()->get_in_nodes(from);
            this->getlb()->get_in_nodes_feedback(from);
            this->get_out_nodes(to);
            this->get_out_nodes_feedback(to);
        } else {
            add(ends.out, this->get_out_buffer());
        }
        // Whoever has no neighbours is given itself.
        for (auto* each : from)
            if (each != this) add(ends.in, each->get_out_buffer());
        for (auto* each : to)
            if (each != this) add(ends.out, each->get_in_buffer());
        return ends;
    }

  private:
    Node& node_;
    FastFlowHost& host_;
};

template <class Base>
class PatternOf final : public Base, public Part {
  public:
    using Base::Base;
    bool prepared_inside() override { return this->prepared || this->prepare() >= 0; }
    void float_freely() override { this->no_mapping(); }
    bool start() override { return this->run(true) >= 0; }
    void join() override { this->wait(); }
};

/// What its neighbours are: FastFlow has a class of node for each.
struct Place {
    bool many_before = false;
    bool many_behind = false;
};

bool is_many(const Shape& shape) {
    return shape.kind == Shape::Kind::all_to_all;
}

}  // namespace

struct Expression::Parts {
    std::vector<std::unique_ptr<Part>> all;  ///< the outer ones before the inner ones
    std::vector<Leaf*> leaves;
    std::vector<Part*> tops;
    FastFlowHost& host;

    explicit Parts(FastFlowHost& host) : host(host) {}

    template <class Kind, class... Arguments>
    Kind& keep(Arguments&&... arguments) {
        auto made = std::make_unique<Kind>(std::forward<Arguments>(arguments)...);
        auto& part = *made;
        if constexpr (std::is_base_of_v<Leaf, Kind>) leaves.push_back(&part);
        all.push_back(std::move(made));
        return part;
    }

    ff::ff_node* make(const Shape& shape, Place place);
    ff::ff_node* make_pipeline(const Shape& shape, Place place);
    ff::ff_node* make_farm(const Shape& shape);
    ff::ff_node* make_all_to_all(const Shape& shape);
    void connect();
};

ff::ff_node* Expression::Parts::make(const Shape& shape, Place place) {
    switch (shape.kind) {
        case Shape::Kind::pipeline:
            return make_pipeline(shape, place);
        case Shape::Kind::farm:
            return make_farm(shape);
        case Shape::Kind::all_to_all:
            return make_all_to_all(shape);
        case Shape::Kind::node:
            break;
    }
    auto& node = host.add(shape.actors);
    if (place.many_before) return &keep<LeafOf<ff::ff_minode>>(node, host);
    if (place.many_behind) return &keep<LeafOf<ff::ff_monode>>(node, host);
    return &keep<LeafOf<ff::ff_node>>(node, host);
}

ff::ff_node* Expression::Parts::make_pipeline(const Shape& shape, Place place) {
    auto& pipeline = keep<PatternOf<ff::ff_pipeline>>(false, queue_length, queue_length);
    const auto& parts = shape.parts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool first = i == 0;
        const bool last = i + 1 == parts.size();
        pipeline.add_stage(make(parts[i], {first ? place.many_before : is_many(parts[i - 1]),
                                           last ? place.many_behind : is_many(parts[i + 1])}));
    }
    if (shape.wraps_around) pipeline.wrap_around();
    return &pipeline;
}

ff::ff_node* Expression::Parts::make_farm(const Shape& shape) {
    const auto& parts = shape.parts;
    auto& farm = keep<PatternOf<ff::ff_farm>>(false, queue_length, queue_length, false, parts.size());
    farm.setlb(new LoadBalancer(parts.size()), true);
    farm.add_emitter(make(parts.front(), {.many_behind = true}));
    std::vector<ff::ff_node*> workers;
    for (std::size_t i = 1; i + 1 < parts.size(); ++i)
        workers.push_back(make(parts[i], {}));
    farm.add_workers(workers);
    farm.add_collector(make(parts.back(), {.many_before = true}));
    if (shape.wraps_around) farm.wrap_around();
    return &farm;
}

ff::ff_node* Expression::Parts::make_all_to_all(const Shape& shape) {
    auto& all_to_all = keep<PatternOf<ff::ff_a2a>>(false, queue_length, queue_length);
    std::vector<ff::ff_node*> left;
    std::vector<ff::ff_node*> right;
    for (std::size_t i = 0; i < shape.parts.size(); ++i) {
        if (i < shape.left) {
            left.push_back(make(shape.parts[i], {.many_behind = true}));
        } else {
            right.push_back(make(shape.parts[i], {.many_before = true}));
        }
    }
    all_to_all.add_firstset(left);
    all_to_all.add_secondset(right);
    if (shape.wraps_around) all_to_all.wrap_around();
    return &all_to_all;
}

void Expression::Parts::connect() {
    for (const auto& part : all)
        if (!part->prepared_inside()) throw Failure("FastFlow cannot compose this expression");
    std::unordered_map<Queue*, Leaf*> reader;
    std::vector<Ends> ends;
    for (auto* leaf : leaves) {
        ends.push_back(leaf->ends());
        for (auto* queue : ends.back().in)
            reader[queue] = leaf;
    }
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        for (auto* queue : ends[i].out) {
            const auto to = reader.find(queue);
            if (to != reader.end()) leaves[i]->node().lead(to->second->node(), *queue);
        }
    }
    // Outer ones first: an emitter takes it back for the emitters among its workers.
    for (auto* leaf : leaves)
        leaf->begin_at_once();
}

Expression::Expression(const Plan& plan, FastFlowHost& host, bool pin)
    : parts_(std::make_unique<Parts>(host)), host_(host) {
    const std::lock_guard lock(starting);
    for (const auto& shape : plan.shapes) {
        const auto top = parts_->all.size();
        parts_->make(shape, {});
        parts_->tops.push_back(parts_->all[top].get());
    }
    parts_->connect();
    if (pin) return;
    for (const auto& part : parts_->all)
        part->float_freely();
}

Expression::~Expression() = default;

void Expression::run(const std::function<void()>& drive) {
    int failure = 0;
    {
        const std::lock_guard lock(starting);
        for (auto* top : parts_->tops) {
            errno = 0;
            if (top->start()) continue;
            failure = errno == 0 ? EAGAIN : errno;
            break;
        }
    }
    if (failure != 0) host_.stop();
    std::exception_ptr thrown;
    try {
        drive();  // after `stop` too: it ends those that have started
    } catch (...) {
        thrown = std::current_exception();
    }
    for (auto* top : parts_->tops)
        top->join();
    if (failure != 0) {
        throw Failure(
            fmt::format("FastFlow needs a thread for each of {} nodes, and could not start them: {}",
                        parts_->leaves.size(), std::strerror(failure)),
            "the engine `threads` needs one for each core");
    }
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace trama::engine::fastflow
