package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import io.pharos.gate.AuditRow;
import io.pharos.gate.judge.CheckReport;
import io.pharos.gate.EffectiveVerdict;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateHistory;
import io.pharos.gate.GateOverride;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.policy.OnInconclusive;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.hindsight.RateEstimate;
import io.pharos.gate.hindsight.Regret;
import io.pharos.gate.hindsight.Replay;
import io.pharos.gate.hindsight.StoredGate;
import io.pharos.gate.hindsight.Verification;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A gate as the API shows it; times are RFC 3339.
///
/// @param advisory what the policy advises when the gate is inconclusive: `hold`, `allow` or `ask`
/// @param state the gate's own verdict, which nobody changes
/// @param outcome what counts: the state, or what a person decided in its place; `INCONCLUSIVE` for
///   a pass that is too old to be used
/// @param expired whether what counts would be a pass, but is too old to be used
/// @param override the decision that counts; absent where the gate's own verdict does
/// @param overrides every decision of a person about this gate, in order; absent where there is
///   none
/// @param regrets what came after the verdict and contradicts it; absent where there is nothing
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GateView(
    String id,
    GateState state,
    GateState outcome,
    ReasonCode code,
    String summary,
    String advisory,
    boolean expired,
    @Nullable Decision override,
    @Nullable List<Decision> overrides,
    @Nullable List<Regretted> regrets,
    @Nullable DeploymentView deployment,
    String service,
    String env,
    String version,
    Window window,
    Policy policy,
    List<CheckReport> checks,
    int evaluations,
    @JsonProperty("opened_by") String openedBy,
    @JsonProperty("opened_at") String openedAt,
    String deadline,
    @JsonProperty("decided_at") @Nullable String decidedAt,
    @JsonProperty("expires_at") @Nullable String expiresAt,
    @JsonProperty("next_check_at") @Nullable String nextCheckAt,
    String url,
    @JsonProperty("evidence_url") String evidenceUrl) {

  /// What was looked at.
  public record Window(String from, @Nullable String to) {}

  /// Which policy judged.
  public record Policy(String id, String version, String hash) {}

  /// What a person decided in place of a gate.
  ///
  /// @param state what the gate itself said then
  public record Decision(
      GateState outcome, String reason, String by, String at, GateState state, String chain) {
    static Decision of(GateOverride made) {
      return new Decision(
          made.outcome(),
          made.reason(),
          made.by(),
          made.at().toString(),
          made.state(),
          made.chain());
    }
  }

  /// What came after the verdict and contradicts it.
  ///
  /// @param kind `alert_after_pass` or `pass_after_fail`
  public record Regretted(String kind, String at, String text) {
    static Regretted of(Regret regret) {
      return new Regretted(regret.kind(), regret.at().toString(), regret.text());
    }
  }

  static GateView of(
      GateRun run, @Nullable Deployment deployment, EffectiveVerdict ruling, List<Regret> regrets) {
    boolean expired = ruling.expired() && run.state() == GateState.PASS;
    List<Decision> overrides = ruling.overrides().stream().map(Decision::of).toList();
    String url = "/api/pharos/v1/gates/" + run.id();
    return new GateView(
        run.id(),
        run.state(),
        ruling.outcome(),
        expired ? ReasonCode.EXPIRED : run.code(),
        run.summary(),
        run.storedPolicy().map(GatePolicy::onInconclusive).orElse(OnInconclusive.HOLD).text(),
        ruling.expired(),
        overrides.isEmpty() ? null : overrides.getLast(),
        overrides.isEmpty() ? null : overrides,
        regrets.isEmpty() ? null : regrets.stream().map(Regretted::of).toList(),
        deployment == null ? null : DeploymentView.of(deployment),
        run.service(),
        run.env(),
        run.version(),
        new Window(
            (deployment == null ? run.openedAt() : deployment.startedAt()).toString(),
            text(run.decidedAt())),
        new Policy(run.policyId(), run.policyVersion(), run.policyHash()),
        run.checks(),
        run.evaluations(),
        run.openedBy(),
        run.openedAt().toString(),
        run.deadline().toString(),
        text(run.decidedAt()),
        text(ruling.expiresAt()),
        text(run.nextCheckAt()),
        url,
        url + "/evidence");
  }

  private static @Nullable String text(@Nullable Instant instant) {
    return instant == null ? null : instant.toString();
  }

  /// Everything that a verdict rests on. `pharos gate replay` and `pharos gate verify` read it.
  ///
  /// @param policyText the policy file as it was
  /// @param stored the gate's row in the store, the policy's text by its SHA-256
  /// @param deployment the row of its deployment; empty if it is gone
  /// @param chain whether what is stored is what was recorded
  /// @param replay what judging the observations again gives
  public record Evidence(
      GateView gate,
      @JsonProperty("policy_text") String policyText,
      Map<String, String> stored,
      Map<String, String> deployment,
      Chain chain,
      Replay replay,
      List<Rates> rates,
      List<OverrideRow> overrides,
      List<FactView> facts,
      List<Row> observations) {
    static Evidence of(GateView view, StoredGate gate) {
      var stored = new LinkedHashMap<>(GateHistory.fixed(gate.run()));
      stored.putAll(GateHistory.standing(gate.run()));
      stored.put("checks", gate.checks());
      Verification verification = Verification.of(gate);
      return new Evidence(
          view,
          gate.run().policyText(),
          stored,
          gate.deployment(),
          new Chain(verification.word(), verification.text()),
          Replay.of(gate),
          RateEstimate.of(gate.run().checks()).stream().map(Rates::of).toList(),
          gate.overrides().stream().map(OverrideRow::of).toList(),
          gate.facts().stream().map(FactView::of).toList(),
          gate.trail().stream().map(Row::of).toList());
    }
  }

  /// How well the counts of a check tell the rates behind them; shown, not deciding.
  ///
  /// @param candidate 95 % interval by Clopper and Pearson: low, high
  /// @param baseline the same of the baseline; absent where it has no requests
  /// @param worse the probability that the candidate's rate is the higher one
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Rates(
      String check,
      List<Double> candidate,
      @Nullable List<Double> baseline,
      @JsonProperty("p_worse") @Nullable Double worse) {
    static Rates of(RateEstimate estimate) {
      RateEstimate.Interval beside = estimate.baseline();
      return new Rates(
          estimate.check(),
          bounds(estimate.candidate()),
          beside == null ? null : bounds(beside),
          estimate.worse());
    }

    private static List<Double> bounds(RateEstimate.Interval interval) {
      return List.of(interval.low(), interval.high());
    }
  }

  /// Whether what is stored is what was recorded.
  ///
  /// @param outcome `whole`, `broken` or `not_covered`
  public record Chain(String outcome, String text) {}

  /// What a person decided in place of the gate, as it is stored.
  public record OverrideRow(
      int seq,
      String outcome,
      String reason,
      @JsonProperty("made_by") String madeBy,
      @JsonProperty("made_at") String madeAt,
      String state,
      int evaluations,
      String chain) {
    static OverrideRow of(GateOverride made) {
      return new OverrideRow(
          made.seq(),
          made.outcome().name(),
          made.reason(),
          made.by(),
          made.at().toString(),
          made.state().name(),
          made.evaluations(),
          made.chain());
    }
  }

  /// One fact, its content as text since its hash is over the bytes.
  public record FactView(int seq, String kind, String at, String content, String chain) {
    static FactView of(GateFact fact) {
      return new FactView(
          fact.seq(), fact.kind(), fact.at().toString(), fact.content(), fact.chain());
    }
  }

  /// One row of the audit trail.
  public record Row(int seq, String at, @JsonRawValue String observation, String chain) {
    static Row of(AuditRow row) {
      return new Row(row.seq(), row.at().toString(), row.observation(), row.chain());
    }
  }
}
