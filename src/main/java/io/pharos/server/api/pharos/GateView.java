package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import io.pharos.release.deploy.Deployment;
import io.pharos.release.gate.AuditRow;
import io.pharos.release.gate.CheckReport;
import io.pharos.release.gate.Code;
import io.pharos.release.gate.GateOverride;
import io.pharos.release.gate.GateRun;
import io.pharos.release.gate.GateState;
import io.pharos.release.gate.Replay;
import io.pharos.release.gate.Ruling;
import java.time.Instant;
import java.util.List;
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
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GateView(
    String id,
    GateState state,
    GateState outcome,
    Code code,
    String summary,
    String advisory,
    boolean expired,
    @Nullable Decision override,
    @Nullable List<Decision> overrides,
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

  static GateView of(GateRun run, @Nullable Deployment deployment, Ruling ruling) {
    boolean expired = ruling.expired() && run.state() == GateState.PASS;
    List<Decision> overrides = ruling.overrides().stream().map(Decision::of).toList();
    String url = "/api/pharos/v1/gates/" + run.id();
    return new GateView(
        run.id(),
        run.state(),
        ruling.outcome(),
        expired ? Code.EXPIRED : run.code(),
        run.summary(),
        run.policy().onInconclusive().text(),
        ruling.expired(),
        overrides.isEmpty() ? null : overrides.getLast(),
        overrides.isEmpty() ? null : overrides,
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

  /// Everything that a verdict rests on.
  ///
  /// @param policyText the policy file as it was
  /// @param replay what judging the observations again gives
  public record Evidence(
      GateView gate,
      @JsonProperty("policy_text") String policyText,
      @Nullable Replay replay,
      List<Row> observations) {}

  /// One row of the audit trail.
  public record Row(int seq, String at, @JsonRawValue String observation, String chain) {
    static Row of(AuditRow row) {
      return new Row(
          row.seq(),
          Instant.ofEpochMilli(row.atMillis()).toString(),
          row.observation(),
          row.chain());
    }
  }
}
