#pragma once
// The program's exit codes: public contract.

namespace sluice {

enum exit_code : int {
    done = 0,
    failed = 1,          // it did not work, or (status --exit-code, check --online) it is not well
    changes_pending = 2, // plan --detailed-exitcode
    wrong_usage = 64,
    service_away = 69, // a needed service cannot be reached
    time_is_up = 75,
    refused_by_policy = 77,
    wrong_configuration = 78,
};

} // namespace sluice
