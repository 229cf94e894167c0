#include "platform/http/deadline.h"

#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace kapok::platform::http {
namespace {

constexpr std::chrono::milliseconds kTick{50};

}  // namespace

// One an io_context, made when it is first asked for and gone with it.
class Deadlines final : public boost::asio::execution_context::service {
public:
    using key_type = Deadlines;
    static inline boost::asio::execution_context::id id;

    explicit Deadlines(boost::asio::execution_context& context)
        : service(context), timer_(static_cast<boost::asio::io_context&>(context)) {}

    void add(Deadline& deadline) {
        deadline.place_ = list_.insert(list_.end(), &deadline);
        deadline.listed_ = true;
        if (!ticking_ && !down_) {
            ticking_ = true;
            tick();
        }
    }

    void remove(Deadline& deadline) noexcept {
        list_.erase(deadline.place_);
        deadline.listed_ = false;
        if (list_.empty() && !down_) {
            timer_.cancel();  // So that a context without work can end.
        }
    }

private:
    void shutdown() override { down_ = true; }

    void tick() {
        timer_.expires_after(kTick);
        timer_.async_wait([this](const boost::system::error_code& failure) {
            if (list_.empty() || down_) {
                ticking_ = false;
                return;
            }
            if (!failure) {
                expire(std::chrono::steady_clock::now());
            }
            tick();
        });
    }

    // What expires may add and remove others, so they are looked up again each time.
    void expire(std::chrono::steady_clock::time_point now) {
        std::size_t left = list_.size();
        for (auto place = list_.begin(); left > 0 && place != list_.end(); --left) {
            Deadline* deadline = *place;
            ++place;
            if (deadline->when_ <= now) {
                due_.push_back(deadline);
            }
        }
        while (!due_.empty()) {
            Deadline* deadline = due_.back();
            due_.pop_back();
            if (deadline->listed_) {
                deadline->clear();
                deadline->expired_();
            }
        }
    }

    friend class Deadline;

    boost::asio::steady_timer timer_;
    std::list<Deadline*> list_;
    std::vector<Deadline*> due_;
    bool ticking_ = false;
    bool down_ = false;
};

Deadline::Deadline(boost::asio::execution_context& context, std::function<void()> expired)
    : deadlines_(boost::asio::use_service<Deadlines>(context)), expired_(std::move(expired)) {}

Deadline::~Deadline() {
    clear();
    std::erase(deadlines_.due_, this);
}

void Deadline::set(Duration from_now) {
    when_ = std::chrono::steady_clock::now() + from_now;
    if (!listed_) {
        deadlines_.add(*this);
    }
}

void Deadline::clear() noexcept {
    if (listed_) {
        deadlines_.remove(*this);
    }
}

}  // namespace kapok::platform::http
