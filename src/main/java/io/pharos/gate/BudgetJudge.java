package io.pharos.gate;

import io.pharos.model.PromDuration;
import java.util.List;
import java.util.Optional;

/// Judges what a release does to the error budget of the whole service.
final class BudgetJudge {
  private BudgetJudge() {}

  static CheckResult judge(Check.Budget check, CheckView view) {
    for (Observation observation : view.observations()) {
      if (view.trouble(observation).isEmpty()
          && observation.of(check) instanceof Reading.Budget budget) {
        Optional<Reading.Burn> begun =
            budget.burns().stream().filter(burn -> burn.isFast() && !burn.wasFast()).findFirst();
        if (begun.isPresent()) {
          return view.fail(
              ReasonCode.BUDGET_BURN,
              burns(begun.get()) + "; it did not when the deployment started.",
              Evidence.of(begun.get().slower(), begun.get().factor(), List.of()));
        }
      }
    }
    Optional<ReadingProblem> trouble = view.trouble(view.newest());
    if (trouble.isPresent()) {
      return view.unknown(trouble.get());
    }
    if (!(view.newest().of(check) instanceof Reading.Budget budget)) {
      throw new IllegalStateException("a reading without trouble has the check's own kind");
    }
    return standing(check, view, budget);
  }

  private static CheckResult standing(Check.Budget check, CheckView view, Reading.Budget budget) {
    String left =
        "%s of the budget of %s is left"
            .formatted(
                NumberFormatting.percent(budget.remaining()), PromDuration.format(check.window()));
    Optional<Reading.Burn> old = budget.burns().stream().filter(Reading.Burn::isFast).findFirst();
    if (old.isPresent() && !view.isFix()) {
      return view.unknown(
          ReasonCode.PREEXISTING,
          burns(old.get()) + ", and did when the deployment started; it passes when that is over.",
          Evidence.of(old.get().slower(), old.get().factor(), List.of()));
    }
    if (budget.remaining() <= 0 && !view.isFix()) {
      return view.unknown(
          ReasonCode.FREEZE,
          left + ", so that only a deployment with the intent fix may go on.",
          Evidence.of(budget.remaining(), 0, List.of()));
    }
    Reading.Burn first = budget.burns().getFirst();
    return view.pass(
        "%s; %s%s.".formatted(left, burns(first), view.isFix() ? "; the deployment is a fix" : ""),
        Evidence.of(first.slower(), first.factor(), List.of()));
  }

  private static String burns(Reading.Burn burn) {
    return "the service burns its budget %s times as fast as it lasts over %s and %s times over %s, %s is fast"
        .formatted(
            NumberFormatting.number(burn.shortRate()),
            PromDuration.format(burn.shortMillis()),
            NumberFormatting.number(burn.longRate()),
            PromDuration.format(burn.longMillis()),
            NumberFormatting.number(burn.factor()));
  }
}
