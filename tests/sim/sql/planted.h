#pragma once

// Faults put into a world's database on purpose, as triggers: what a program would leave there that
// forgot a condition, lost an update or wrote something twice. The simulator must find each.

#include <array>
#include <string_view>

namespace kapok::sim {

struct Planted {
    std::string_view name;
    std::string_view sql;  // Empty: nothing is planted.
};

inline constexpr std::array kPlanted{
    Planted{"AReportIsTakenInAgain",
            "create trigger planted after update of report_sequence on compute_node begin "
            "update compute_node set report_sequence = old.report_sequence where id = new.id; "
            "end"},
    Planted{"AReportIsPassedOver",
            "create trigger planted after update of report_sequence on compute_node "
            "when new.report_sequence % 7 = 3 begin update compute_node set report_sequence = "
            "new.report_sequence + 1 where id = new.id; end"},
    Planted{"AnEndIsForgotten",
            "create trigger planted after update of ended_at on compute_attempt when "
            "new.exit = 'user_error' begin update compute_attempt set ended_at = null, "
            "exit = null where job_id = new.job_id and attempt = new.attempt; end"},
    Planted{"AFinishedJobIsQueuedAgain",
            "create trigger planted after update of state on compute_job when new.state = "
            "'succeeded' begin update compute_job set state = 'queued' where id = new.id; end"},
    Planted{"AJobIsDroppedAfterItWasAcknowledged",
            "create trigger planted after insert on compute_command when new.number % 5 = 0 begin "
            "delete from compute_job where number = (select max(number) from compute_job); end"},
    Planted{"AnOrderIsClosedBeforeItWasSeen",
            "create trigger planted after insert on compute_command begin "
            "update compute_command set done_at = 1 where number = new.number; end"},
    Planted{"ANodeIsGivenMoreThanItHas",
            "create trigger planted after insert on compute_attempt begin "
            "update compute_attempt set cpu_milli = 10 where job_id = new.job_id and "
            "attempt = new.attempt; end"},
    Planted{"AnAttemptIsHeldToBeDeadWhileItRuns",
            "create trigger planted after update of started_at on compute_attempt when "
            "new.ended_at is null begin update compute_attempt set ended_at = 1, exit = 'lost' "
            "where job_id = new.job_id and attempt = new.attempt; end"},
    Planted{"AChargeIsAMicroTooHigh",
            "create trigger planted after insert on exchange_charge begin "
            "update exchange_charge set amount_micros = amount_micros + 1 "
            "where number = new.number; end"},
    Planted{"AChargeIsLost",
            "create trigger planted after insert on exchange_charge begin "
            "delete from exchange_charge where number = new.number; end"},
    Planted{"AQuantityIsRecordedTwofold",
            "create trigger planted after insert on exchange_usage begin "
            "update exchange_usage set quantity = 2 * quantity where number = new.number; end"},
    Planted{"ABalanceIsNotCarriedOver",
            "create trigger planted after update of debits_posted on ledger_balance when "
            "new.transfers % 5 = 0 begin update ledger_balance set debits_posted = "
            "old.debits_posted where account_id = new.account_id; end"},
    Planted{"AHoldStaysOpen",
            "create trigger planted before delete on ledger_hold begin select raise(ignore); end"},
    Planted{"AnEventIsLostFromTheLog",
            "create trigger planted after insert on audit_event when new.sequence % 50 = 0 begin "
            "delete from audit_event where sequence = new.sequence; end"},
    Planted{"AnEventIsChangedInTheLog",
            "create trigger planted after insert on audit_event when new.sequence % 50 = 0 begin "
            "update audit_event set type = 'other' where sequence = new.sequence; end"},
};

}  // namespace kapok::sim
