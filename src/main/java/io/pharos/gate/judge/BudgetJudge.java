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
              Sentence.of(
                  "%s, so both have reached the limit of %s; when the deployment started, one was below it.",
                  burns(begun.get()), NumberFormatting.number(begun.get().factor())),
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
    Sentence remainder =
        Sentence.of(
            "%s of the error budget for %s remains",
            NumberFormatting.percent(budget.remaining()), PromDuration.format(check.window()));
    Optional<Reading.Burn> fast = budget.burns().stream().filter(Reading.Burn::isFast).findFirst();
    if (fast.isPresent() && !view.isFix()) {
      return view.unknown(
          ReasonCode.PREEXISTING,
          Sentence.of(
              "%s, so both have reached the limit of %s, as before the deployment; passes when one falls below it.",
              burns(fast.get()), NumberFormatting.number(fast.get().factor())),
          Evidence.of(fast.get().slower(), fast.get().factor(), List.of()));
    }
    if (budget.remaining() <= 0 && !view.isFix()) {
      return view.unknown(
          ReasonCode.FREEZE,
          Sentence.of("%s, so only a deployment with the intent fix may continue.", remainder),
          Evidence.of(budget.remaining(), 0, List.of()));
    }
    Reading.Burn first = budget.burns().getFirst();
    return view.pass(
        Sentence.of(
            "%s; %s; one must stay below %s%s.",
            remainder,
            burns(first),
            NumberFormatting.number(first.factor()),
            view.isFix() ? ", but not for this fix" : ""),
        Evidence.of(first.slower(), first.factor(), List.of()));
  }

  private static Sentence burns(Reading.Burn burn) {
    return Sentence.of(
        "the budget burns at %s over %s and %s over %s",
        NumberFormatting.number(burn.shortRate()),
        PromDuration.format(burn.shortMillis()),
        NumberFormatting.number(burn.longRate()),
        PromDuration.format(burn.longMillis()));
  }
}
