package io.pharos.server.web.release;

import io.pharos.gate.EffectiveVerdict;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.hindsight.Regret;
import io.pharos.gate.hindsight.StoredGate;
import io.pharos.gate.hindsight.Verification;
import io.pharos.gate.judge.CheckReport;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A gate as its page shows it.
///
/// @param why the gate's own reason as a sentence
/// @param progress how far a running gate is; empty if it is decided
/// @param advice what to do; empty if there is nothing to do
/// @param decided when it was decided; null while it runs
/// @param next its next observation; null if there is none
/// @param expires when its pass expires or has expired; null without a pass
/// @param unseen what it could not see, as sentences
/// @param remarks what contradicts the verdict, as sentences
/// @param policyName the policy's file and version
record GateStory(
    String id,
    VerdictWord verdict,
    String own,
    String why,
    String progress,
    String advice,
    String release,
    String deployment,
    PageTime opened,
    String by,
    @Nullable PageTime decided,
    PageTime deadline,
    @Nullable PageTime next,
    @Nullable PageTime expires,
    int evaluations,
    List<OverrideRow> overrides,
    List<String> remarks,
    List<String> unseen,
    List<CheckCard> checks,
    List<GateCourse.Span> course,
    String policyName,
    List<String> policy,
    String record) {
  /// A person's decision.
  record OverrideRow(String outcome, String own, String by, PageTime at, String reason) {}

  /// Returns the story of a gate.
  ///
  /// @param run the gate, with a verdict that its facts do not contradict
  static GateStory of(
      GateRun run,
      EffectiveVerdict effective,
      StoredGate stored,
      GateEvidence evidence,
      List<Regret> regrets,
      Instant now) {
    Verification verification = Verification.of(stored);
    boolean isBroken = verification instanceof Verification.Broken;
    VerdictWord word =
        isBroken
            ? new VerdictWord(
                "unknown",
                "unknown",
                "The stored gate is not what Pharos recorded, so its verdict is unknown.")
            : VerdictWord.of(run, effective);
    Instant decided = run.decidedAt();
    Instant next = run.nextCheckAt();
    Instant expires = effective.expiresAt();
    return new GateStory(
        run.id(),
        word,
        effective.overrides().isEmpty() ? "" : "The gate's own verdict is " + run.state() + ".",
        new Release.Judged(run, new EffectiveVerdict(run.state(), false, null, List.of())).why(),
        run.state() == GateState.RUNNING ? progress(run.checks()) : "",
        isBroken || effective.override().isPresent() ? "" : advice(run, effective),
        "%s %s in %s"
            .formatted(
                PageText.of(run.service()), PageText.of(run.version()), PageText.of(run.env())),
        PageLinks.deployment(run.deploymentKey()),
        PageTime.of(run.openedAt(), now),
        PageText.of(run.openedBy()),
        decided == null ? null : PageTime.of(decided, now),
        PageTime.of(run.deadline(), now),
        next == null ? null : PageTime.of(next, now),
        expires == null ? null : PageTime.of(expires, now),
        run.evaluations(),
        effective.overrides().stream().map(it -> override(it, now)).toList(),
        remarks(regrets, verification),
        unseen(run, evidence),
        run.checks().stream()
            .map(it -> CheckCard.of(it, evidence.check(it.id()).orElse(null), evidence))
            .sorted(Comparator.comparingInt(GateStory::rank))
            .toList(),
        GateCourse.of(stored.facts(), effective, now).reversed(),
        "%s, version %s".formatted(PageText.of(run.policyId()), PageText.of(run.policyVersion())),
        evidence.policy().lines(),
        PageText.of(verification.text()));
  }

  private static String advice(GateRun run, EffectiveVerdict effective) {
    boolean expired = run.state() == GateState.PASS && effective.outcome() != GateState.PASS;
    return expired ? ReasonWords.advice(ReasonCode.EXPIRED) : ReasonWords.advice(run.code());
  }

  /* What decided comes first: failures, then required checks without a pass, then the others. */
  private static int rank(CheckCard card) {
    return card.css().equals("fail") ? 0 : card.isOpen() ? 1 : card.css().equals("pass") ? 3 : 2;
  }

  private static String progress(List<CheckReport> checks) {
    List<CheckReport> required = checks.stream().filter(CheckReport::required).toList();
    long passed = required.stream().filter(it -> it.state().equals("pass")).count();
    return required.isEmpty()
        ? ""
        : passed + " of " + PageText.count(required.size(), "required check") + " passed so far.";
  }

  private static OverrideRow override(GateOverride made, Instant now) {
    return new OverrideRow(
        made.outcome().name(),
        made.state().name(),
        PageText.of(made.by()),
        PageTime.of(made.at(), now),
        made.reason());
  }

  private static List<String> remarks(List<Regret> regrets, Verification verification) {
    var remarks = new ArrayList<String>();
    regrets.forEach(it -> remarks.add("Later: " + PageText.of(it.text())));
    if (verification instanceof Verification.Broken(String where)) {
      remarks.add("The record was changed: " + PageText.of(where));
    }
    return remarks;
  }

  private static List<String> unseen(GateRun run, GateEvidence evidence) {
    var unseen = new ArrayList<>(evidence.problems());
    unseen.addAll(evidence.gaps());
    if (run.evaluations() == 0) {
      unseen.add("Nothing has been observed yet.");
    }
    return unseen;
  }
}
