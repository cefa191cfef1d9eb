package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.silence.Silences;
import io.pharos.callback.CallbackService;
import io.pharos.callback.Callbacks;
import io.pharos.callback.GithubWebhook;
import io.pharos.callback.Verdicts;
import io.pharos.gate.GateService;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.hindsight.AnchorCatchUp;
import io.pharos.gate.hindsight.Hindsight;
import io.pharos.gate.hindsight.RegretWatch;
import io.pharos.gate.observe.FiringAlerts;
import io.pharos.gate.observe.GateSources;
import io.pharos.gate.observe.PairedProbing;
import io.pharos.gate.observe.TargetFaults;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.migration.ledger.SchemaCompatibility;
import io.pharos.model.LabelMatcher;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.promql.value.Evaluator;
import io.pharos.rollout.RolloutPhase;
import io.pharos.rollout.RolloutService;
import io.pharos.rollout.ServiceGates;
import io.pharos.rules.AlertState;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleSnapshot;
import io.pharos.state.Store;
import io.pharos.state.log.AnchorFiles;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Builds the parts that deployment pipelines call: deployments, gates, rollouts and callbacks.
final class ReleaseAssembly {
  private static final Logger LOG = LoggerFactory.getLogger(ReleaseAssembly.class);

  private final Foundation base;
  private final Store store;
  final DeploymentRegister deployments;
  final SchemaCompatibility migrations;
  private final PairedProbing pairedProbes;
  private final AnchorCatchUp anchorCatchUp;
  private final RegretWatch regretWatch;
  final GateService gates;
  final Hindsight hindsight;
  private final CallbackService callbacks;
  final GithubWebhook webhook;
  final RolloutService rollouts;

  /// @param files supplies the configuration files that were read last
  ReleaseAssembly(
      Foundation base,
      Supplier<VersionedFiles> files,
      Store store,
      Evaluator engine,
      RuleAlerts alerts,
      ProbeRunner probes,
      ScrapeManager scrapes) {
    this.base = base;
    this.store = store;
    InstantSource clock = base.clock();
    MeterRegistry registry = base.registry();
    deployments = new DeploymentRegister(store.deployments(), clock, registry);
    migrations = new SchemaCompatibility(store.migrations(), deployments, this::isFinishing, clock);
    pairedProbes = new PairedProbing(new ProbeTarget(probes), base.virtualThreads(), base.random());
    AnchorFiles anchors =
        base.closing().add(new AnchorFiles(base.stored("gate-anchors"), clock, registry));
    gates =
        new GateService(
            () -> files.get().gates(),
            store.deployments(),
            store.gates(),
            GateSources.of(engine, base.gaps(), base.continuity(), alerts, pairedProbes, "probe")
                .with(new PageFaults(scrapes)),
            anchors,
            clock,
            registry);
    regretWatch = new RegretWatch(store.deployments(), store.gates(), alerts, anchors, registry);
    anchorCatchUp = new AnchorCatchUp(store.gates(), anchors);
    hindsight = new Hindsight(store.deployments(), store.gates());
    callbacks = base.closing().add(callbacks(files));
    webhook = new GithubWebhook(() -> files.get().callbacks(), store.callbacks(), clock);
    rollouts =
        new RolloutService(
            () -> files.get().rollouts(),
            deployments,
            new ServiceGates(gates),
            store.rollouts(),
            clock,
            registry);
  }

  private boolean isFinishing(Deployment deployment) {
    return store
        .rollouts()
        .ofDeployment(deployment.key())
        .filter(rollout -> rollout.phase() instanceof RolloutPhase.Finishing)
        .isPresent();
  }

  private CallbackService callbacks(Supplier<VersionedFiles> files) {
    return new CallbackService(
        () -> files.get().callbacks(),
        store.callbacks(),
        store.deployments(),
        Verdicts.of(gates),
        base.clients(),
        base.virtualThreads(),
        base.random(),
        base.clock(),
        base.options().externalUrl().toString(),
        base.registry());
  }

  void start() {
    base.every("gates", Duration.ofSeconds(1), gates::tick);
    base.every("gate-anchors", Duration.ofSeconds(30), anchorCatchUp::run);
    base.every("gate-regrets", Duration.ofSeconds(15), regretWatch::check);
    if (!store.isShared()) {
      releaseCallbacks();
    }
    base.every("callbacks", Duration.ofSeconds(1), callbacks::tick);
    base.every("rollouts", Duration.ofSeconds(1), rollouts::tick);
    base.every("paired-probes", Duration.ofMillis(200), pairedProbes::fire);
    base.every("deployments", Duration.ofSeconds(30), _ -> deployments.refresh());
  }

  /* A process claims a callback for 60 s to send it. A store that is not shared can contain only
   * claims of the previous process. That process has ended, so the claims are released. */
  private void releaseCallbacks() {
    try {
      store.callbacks().releaseAll();
    } catch (StoreUnavailableException e) {
      LOG.warn(
          "callbacks that were being sent at the last stop can't be released, and are retried in a minute: {}",
          e.getMessage());
    }
  }

  /// Runs the configured probes when gates probe candidate and baseline in pairs.
  private record ProbeTarget(ProbeRunner probes) implements PairedProbing.Target {
    @Override
    public PairedProbing.Answer run(String probe) {
      return probes
          .once(probe)
          .map(result -> answer(result.outcome()))
          .orElseGet(
              () -> new PairedProbing.Answer.Unknown("no probe is called \"" + probe + "\""));
    }

    private static PairedProbing.Answer answer(ProbeOutcome outcome) {
      return switch (outcome) {
        case ProbeOutcome.Success() -> new PairedProbing.Answer.Known(true);
        case ProbeOutcome.Failure _ -> new PairedProbing.Answer.Known(false);
        case ProbeOutcome.Unknown(_, String reason) -> new PairedProbing.Answer.Unknown(reason);
      };
    }
  }

  Callbacks callbacks() {
    return store.callbacks();
  }

  /// The alerts of this process' own rules, for gates. While a rule fails, or has not been
  /// evaluated since it was loaded, the answer is unknown.
  record PageFaults(ScrapeManager scrapes) implements TargetFaults {
    /// Maximum length of a fault in characters, so that the whole reason is a sentence that a phone
    /// shows.
    private static final int MAX_FAULT = 60;

    private static final int MAX_ADDRESS = 45;

    @Override
    public Optional<String> of(List<LabelMatcher> selector) {
      return scrapes.targets().active().stream()
          .filter(target -> target.health() == TargetsSnapshot.Health.DOWN)
          .filter(
              target ->
                  target.labels().has("job")
                      && selector.stream().anyMatch(matcher -> matcher.name().equals("job"))
                      && selector.stream()
                          .filter(matcher -> target.labels().has(matcher.name()))
                          .allMatch(
                              matcher -> matcher.matches(target.labels().get(matcher.name()))))
          .findFirst()
          .map(
              target ->
                  "the page %s fails (%s); fix it, or the scrape job"
                      .formatted(
                          cut(target.scrapeUrl(), MAX_ADDRESS),
                          cut(target.lastError(), MAX_FAULT)));
    }

    private static String cut(String text, int length) {
      return text.length() <= length ? text : text.substring(0, length - 1) + "…";
    }
  }

  /// The alerts of the rules.
  record RuleAlerts(RuleManager rules, Silences silences) implements FiringAlerts {
    @Override
    public Answer read(Instant now) {
      var alerts = new ArrayList<Active>();
      int count = 0;
      Instant oldest = now;
      for (GroupSnapshot group : rules.groups()) {
        boolean alerting = false;
        for (RuleSnapshot rule : group.rules()) {
          if (rule.evaluation().health() == RuleHealth.ERR) {
            return new Answer.Unknown(
                "rule " + rule.name() + " can't be evaluated: " + rule.evaluation().lastError());
          }
          if (rule instanceof RuleSnapshot.Alerting alertingRule) {
            if (alertingRule.state() == AlertState.UNKNOWN) {
              return new Answer.Unknown(
                  "rule " + alertingRule.name() + " has not been evaluated yet");
            }
            alerting = true;
            count++;
            alertingRule.alerts().stream()
                .map(
                    alert ->
                        new Active(
                            alert.labels(),
                            alert.activeAt(),
                            alert.state() == AlertState.FIRING,
                            !silences.mutedBy(alert.labels()).isEmpty()))
                .forEach(alerts::add);
          }
        }
        if (alerting) {
          Instant evaluated = group.lastEvaluation();
          if (evaluated == null) {
            return new Answer.Unknown("rule group " + group.name() + " has not been evaluated yet");
          }
          oldest = evaluated.isBefore(oldest) ? evaluated : oldest;
        }
      }
      return new Answer.Known(count, oldest, alerts);
    }
  }
}
