package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import io.pharos.gate.AuditRow;
import io.pharos.gate.EffectiveVerdict;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateHistory;
import io.pharos.gate.GateOverride;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.hindsight.RateEstimate;
import io.pharos.gate.hindsight.Regret;
import io.pharos.gate.hindsight.Replay;
import io.pharos.gate.hindsight.StoredGate;
import io.pharos.gate.hindsight.Verification;
import io.pharos.gate.judge.CheckReport;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.gate.policy.OnInconclusive;
import io.pharos.server.api.pharos.DeploymentResource.DeploymentList.DeploymentView;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/// A gate in answers; times are RFC 3339.
///
/// @param override the override that replaces the verdict; absent if there is none
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema
public record GateView(
    String id,
    @Schema(description = "The gate's own verdict, which no override changes.") GateState state,
    @Schema(
            description =
                "The effective verdict: the override's outcome, or the state if there is no override; INCONCLUSIVE if a pass has expired.")
        GateState outcome,
    @Schema(description = "The reason as a word (docs/format/gates.md).") ReasonCode code,
    @Schema(description = "The reason as a sentence.") String summary,
    @Schema(
            description = "The policy's advice for an inconclusive gate.",
            enumeration = {"hold", "allow", "ask"})
        String advisory,
    @Schema(
            description =
                "Whether a pass has expired, because it is too old or was not checked again in time.")
        boolean expired,
    @Nullable Decision override,
    @Schema(description = "All overrides, oldest first.") @Nullable List<Decision> overrides,
    @Schema(description = "Later events that contradict the verdict; absent if there are none.")
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

  /// The time span that the gate observes.
  public record Window(String from, @Nullable String to) {}

  /// The policy of the gate.
  public record Policy(
      String id,
      String version,
      @Schema(description = "The SHA-256 of the policy file.") String hash,
      @Schema(description = "The required observation time in seconds.") @JsonProperty("min_soak_s")
          @Nullable Long minSoakSeconds) {}

  /// An override of the verdict.
  ///
  /// @param state the gate's own verdict when it was overridden
  public record Decision(
      GateState outcome,
      String reason,
      @Schema(description = "Name of the token.") String by,
      String at,
      @Schema(description = "The gate's own verdict at that time.") GateState state,
      @Schema(description = "A SHA-256 of the audit trail and the previous override.")
          String chain) {
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

  /// A later event that contradicts the verdict.
  ///
  /// @param kind `alert_after_pass` or `pass_after_fail`
  public record Regretted(
      @Schema(enumeration = {"alert_after_pass", "pass_after_fail"}) String kind,
      String at,
      String text) {
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
        new Policy(
            run.policyId(),
            run.policyVersion(),
            run.policyHash(),
            run.storedPolicy().map(policy -> policy.minSoak().toSeconds()).orElse(null)),
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

  /// The evidence of a verdict, which `pharos gate replay` and `pharos gate verify` read.
  ///
  /// @param policyText content of the policy file when the gate was opened
  /// @param stored the gate's row in the store, with the SHA-256 of the policy's text
  /// @param deployment the deployment's row in the store; empty if the deployment was deleted
  /// @param chain whether the stored facts are unchanged
  /// @param replay the verdict of a replay
  @Schema
  public record Evidence(
      GateView gate,
      @JsonProperty("policy_text") String policyText,
      @Schema(description = "The gate's row in the store, with the SHA-256 of the policy's text.")
          Map<String, String> stored,
      @Schema(description = "The row of the gate's deployment.") Map<String, String> deployment,
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

  /// Confidence intervals of the rates that a check compares; they do not influence the verdict.
  ///
  /// @param candidate 95 % Clopper-Pearson interval of the candidate's rate: low, high
  /// @param baseline the same interval of the baseline's rate; absent if the baseline has no
  ///   requests
  /// @param worse probability that the candidate's rate is higher than the baseline's
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Rates(
      String check,
      @Schema(
              description =
                  "95 % Clopper-Pearson interval of the rate of bad requests: low and high.")
          List<Double> candidate,
      @Schema(description = "The baseline's interval; absent if the baseline has no requests.")
          @Nullable List<Double> baseline,
      @Schema(
              description =
                  "Probability that the candidate's rate is higher, by uniform priors; absent without a baseline.")
          @JsonProperty("p_worse")
          @Nullable Double worse) {
    static Rates of(RateEstimate estimate) {
      RateEstimate.Interval baseline = estimate.baseline();
      return new Rates(
          estimate.check(),
          bounds(estimate.candidate()),
          baseline == null ? null : bounds(baseline),
          estimate.worse());
    }

    private static List<Double> bounds(RateEstimate.Interval interval) {
      return List.of(interval.low(), interval.high());
    }
  }

  /// Whether the stored facts are unchanged.
  ///
  /// @param outcome `whole`, `broken` or `not_covered`
  public record Chain(
      @Schema(enumeration = {"whole", "broken", "not_covered"}) String outcome, String text) {}

  /// A stored override.
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

  /// One fact. The content is a text instead of an object, because the hash is computed from the
  /// bytes of the text.
  public record FactView(
      int seq,
      String kind,
      String at,
      @Schema(description = "JSON, byte for byte as it was hashed.") String content,
      @Schema(description = "The SHA-256 of all facts up to this one.") String chain) {
    static FactView of(GateFact fact) {
      return new FactView(
          fact.seq(), fact.kind(), fact.at().toString(), fact.content(), fact.chain());
    }
  }

  /// One row of the audit trail.
  public record Row(
      int seq,
      String at,
      @JsonRawValue String observation,
      @Schema(description = "The SHA-256 of the chain up to this row.") String chain) {
    static Row of(AuditRow row) {
      return new Row(row.seq(), row.at().toString(), row.observation(), row.chain());
    }
  }
}
