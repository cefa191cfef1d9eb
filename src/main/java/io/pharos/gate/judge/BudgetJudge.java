package io.pharos.gate.judge;

import io.pharos.gate.policy.Check;
import io.pharos.model.PromDuration;
import java.util.List;
import java.util.Optional;

/// Judges the effect of a release on the error budget of the whole service.
final class BudgetJudge {
  private BudgetJudge() {}

  static CheckResult judge(Check.Budget check, CheckView view) {
    for (Observation observation : view.observations()) {
      if (view.problem(observation).isEmpty()
          && observation.of(check) instanceof Reading.Budget budget) {
        Optional<Reading.Burn> begun =
            budget.burns().stream().filter(burn -> burn.isFast() && !burn.wasFast()).findFirst();
        if (begun.isPresent()) {
          return view.fail(
              ReasonCode.BUDGET_BURN,
              "%s, so both rates have reached the limit of %s; when the deployment started, at least one of them was below it."
                  .formatted(burns(begun.get()), NumberFormatting.number(begun.get().factor())),
              Evidence.of(begun.get().slower(), begun.get().factor(), List.of()));
        }
      }
    }
    Optional<ReadingProblem> problem = view.problem(view.newest());
    if (problem.isPresent()) {
      return view.unknown(problem.get());
    }
    Reading.Budget budget = view.newest(check, Reading.Budget.class);
    return judgeNewest(check, view, budget);
  }

  private static CheckResult judgeNewest(
      Check.Budget check, CheckView view, Reading.Budget budget) {
    String remainder =
        "%s of the error budget for %s remains"
            .formatted(
                NumberFormatting.percent(budget.remaining()), PromDuration.format(check.window()));
    Optional<Reading.Burn> fast = budget.burns().stream().filter(Reading.Burn::isFast).findFirst();
    if (fast.isPresent() && !view.isFix()) {
      return view.unknown(
          ReasonCode.PREEXISTING,
          "%s, so both rates have reached the limit of %s, as they had when the deployment started; the check passes when one of them falls below it."
              .formatted(burns(fast.get()), NumberFormatting.number(fast.get().factor())),
          Evidence.of(fast.get().slower(), fast.get().factor(), List.of()));
    }
    if (budget.remaining() <= 0 && !view.isFix()) {
      return view.unknown(
          ReasonCode.FREEZE,
          remainder + ", so only a deployment with the intent fix may continue.",
          Evidence.of(budget.remaining(), 0, List.of()));
    }
    Reading.Burn first = budget.burns().getFirst();
    return view.pass(
        "%s; %s, and at least one of the rates must stay below %s%s."
            .formatted(
                remainder,
                burns(first),
                NumberFormatting.number(first.factor()),
                view.isFix() ? " unless the deployment is a fix, as it is here" : ""),
        Evidence.of(first.slower(), first.factor(), List.of()));
  }

  private static String burns(Reading.Burn burn) {
    return "the burn rate of the error budget is %s over %s and %s over %s"
        .formatted(
            NumberFormatting.number(burn.shortRate()),
            PromDuration.format(burn.shortMillis()),
            NumberFormatting.number(burn.longRate()),
            PromDuration.format(burn.longMillis()));
  }
}
