#include "platform/db/database.h"

#include <filesystem>
#include <future>
#include <system_error>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "platform/db/bell.h"
#include "platform/db/errors.h"
#include "platform/db/group_duration.h"
#include "platform/db/lease.h"
#include "platform/db/migrations.h"
#include "platform/db/migrator.h"
#include "platform/db/postgres_bells.h"
#include "platform/db/read_pool.h"
#include "platform/db/source.h"
#include "platform/db/worker_thread.h"
#include "platform/db/writer.h"

namespace kapok::platform::db {
namespace {

// Hands work to `submit` and resumes the coroutine on its own executor. A coroutine that is
// cancelled still waits for its turn, which then comes to nothing: what its function refers to
// stays alive until nobody can run it any more.
template <class Submit>
boost::asio::awaitable<Outcome> await_outcome(Submit submit) {
    auto start = [submit = std::move(submit)](auto handler) mutable {
        const auto ticket = std::make_shared<Ticket>();
        if (auto slot = boost::asio::get_associated_cancellation_slot(handler);
            slot.is_connected()) {
            slot.assign([ticket](boost::asio::cancellation_type /*type*/) {
                static_cast<void>(ticket->cancel());
            });
        }
        auto work = boost::asio::make_work_guard(handler);
        auto complete = [handler = std::move(handler),
                         work = std::move(work)](Outcome outcome) mutable {
            boost::asio::post(work.get_executor(), [handler = std::move(handler),
                                                    outcome = std::move(outcome)]() mutable {
                std::move(handler)(std::move(outcome));
            });
        };
        submit(Completion(std::move(complete)), ticket);
    };
#ifdef __clang_analyzer__
    // The analyzer takes a coroutine for a plain call, and would miss whoever resumes it.
    static_cast<void>(start);
    co_return Outcome{};
#else
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Outcome)>(
        std::move(start), boost::asio::use_awaitable);
#endif
}

template <class Submit>
Outcome wait_for_outcome(Submit submit) {
    assert(!on_worker_thread());  // It would wait for itself.
    std::promise<Outcome> promise;
    std::future<Outcome> future = promise.get_future();
    submit([promise = std::move(promise)](Outcome outcome) mutable {
        promise.set_value(std::move(outcome));
    });
    return future.get();
}

class PooledDatabase final : public Database {
public:
    PooledDatabase(std::unique_ptr<Source> source, std::unique_ptr<Connection> writer,
                   std::vector<std::unique_ptr<Connection>> readers, const Options& options,
                   const core::Clock& clock)
        : clock_(clock),
          source_(std::move(source)),
          pool_(std::move(readers), options.queue_max),
          writer_(std::move(writer), options, clock, bells_) {
        if (source_->backend() == Backend::Postgres) {
            others_ = std::make_unique<PostgresBells>(options.url, bells_);
            bells_.set_teller([this](std::string_view topic) { others_->tell(topic); });
        }
    }

    core::Result<void> migrate(std::span<const Migration> migrations) override {
        const auto connection = source_->connect(Access::Write);
        if (!connection) {
            return std::unexpected(connection.error());
        }
        // The tables of this layer's own come with every database.
        return apply_migrations(**connection, source_->backend(),
                                join_migrations({lease_migrations(), migrations}), clock_.now());
    }
    Backend backend() const noexcept override { return source_->backend(); }
    Bell& bell(std::string_view topic) override { return bells_.at(topic); }
    Statistics statistics() const override {
        Statistics statistics;
        writer_.add_statistics(statistics);
        pool_.add_statistics(statistics);
        return statistics;
    }
    [[nodiscard]] const metrics::Histogram& group_duration() const noexcept {
        return writer_.group_duration();
    }

protected:
    boost::asio::awaitable<Outcome> run_read(ReadFunction function) override {
        return await_outcome([this, function = std::move(function)](
                                 Completion completion, std::shared_ptr<Ticket> ticket) mutable {
            pool_.submit(ReadItem(std::move(function), std::move(completion), std::move(ticket)));
        });
    }
    boost::asio::awaitable<Outcome> run_write(WriteFunction command) override {
        return await_outcome([this, command = std::move(command)](
                                 Completion completion, std::shared_ptr<Ticket> ticket) mutable {
            writer_.submit(WriteItem(std::move(command), std::move(completion), std::move(ticket)));
        });
    }
    Outcome run_read_blocking(ReadFunction function) override {
        return wait_for_outcome([&](Completion completion) {
            pool_.submit(ReadItem(std::move(function), std::move(completion)));
        });
    }
    Outcome run_write_blocking(WriteFunction command) override {
        return wait_for_outcome([&](Completion completion) {
            writer_.submit(WriteItem(std::move(command), std::move(completion)));
        });
    }

private:
    const core::Clock& clock_;
    std::unique_ptr<Source> source_;
    ReadPool pool_;
    Bells bells_;  // Rung by the writer.
    std::unique_ptr<PostgresBells> others_;
    Writer writer_;  // Finishes first.
};

}  // namespace

metrics::Histogram::Snapshot group_duration(const Database& database) {
    // Database::open() makes no other kind.
    return dynamic_cast<const PooledDatabase&>(database).group_duration().snapshot();
}

core::Result<std::unique_ptr<Database>> Database::open(const Options& options,
                                                       const core::Clock& clock) {
    auto source = Source::open(options);
    if (!source) {
        return std::unexpected(source.error());
    }
    auto writer = (*source)->connect(Access::Write);
    if (!writer) {
        return std::unexpected(writer.error());
    }
    std::vector<std::unique_ptr<Connection>> readers;
    for (std::size_t i = 0; i < std::max<std::size_t>(options.readers, 1); ++i) {
        auto reader = (*source)->connect(Access::Read);
        if (!reader) {
            return std::unexpected(reader.error());
        }
        readers.push_back(*std::move(reader));
    }
    return std::make_unique<PooledDatabase>(*std::move(source), *std::move(writer),
                                            std::move(readers), options, clock);
}

}  // namespace kapok::platform::db
