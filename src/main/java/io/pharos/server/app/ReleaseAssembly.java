package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
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
import io.pharos.gate.observe.GateSources;
import io.pharos.gate.observe.PairedProbing;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.migration.ledger.SchemaCompatibility;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.promql.value.Evaluator;
import io.pharos.rollout.RolloutPhase;
import io.pharos.rollout.RolloutService;
import io.pharos.rollout.ServiceGates;
import io.pharos.state.Store;
import io.pharos.state.log.AnchorFiles;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.InstantSource;
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
    pairedProbes =
        base.closing()
            .add(
                new PairedProbing(
                    new ProbeTarget(probes),
                    task ->
                        base.scheduler()
                                .schedule(
                                    "paired-probes", Duration.ofMillis(200), Duration.ZERO, task)
                            ::close,
                    base.virtualThreads(),
                    base.random()));
    AnchorFiles anchors =
        base.closing().add(new AnchorFiles(base.stored("gate-anchors"), clock, registry));
    gates =
        new GateService(
            () -> files.get().gates(),
            store.deployments(),
            store.gates(),
            GateSources.of(engine, base.gaps(), base.continuity(), alerts, pairedProbes, "probe")
                .with(new PageFaults(scrapes::targets)),
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
}
