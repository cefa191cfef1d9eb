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
              burns(begun.get()) + ". When the deployment started, they did not both reach it.",
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
          burns(fast.get())
              + ". They already reached it when the deployment started; the check passes when one of them is below it.",
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
        "%s; %s%s."
            .formatted(remainder, burns(first), view.isFix() ? "; the deployment is a fix" : ""),
        Evidence.of(first.slower(), first.factor(), List.of()));
  }

  private static String burns(Reading.Burn burn) {
    return "the burn rate of the error budget is %s over %s and %s over %s; both must not reach %s"
        .formatted(
            NumberFormatting.number(burn.shortRate()),
            PromDuration.format(burn.shortMillis()),
            NumberFormatting.number(burn.longRate()),
            PromDuration.format(burn.longMillis()),
            NumberFormatting.number(burn.factor()));
  }
}
