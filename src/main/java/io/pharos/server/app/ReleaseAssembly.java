package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.callback.CallbackService;
import io.pharos.callback.Callbacks;
import io.pharos.callback.GithubWebhook;
import io.pharos.callback.Verdicts;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.gate.GateService;
import io.pharos.gate.GateSources;
import io.pharos.gate.PairedProbing;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.hindsight.AnchorCatchUp;
import io.pharos.gate.hindsight.Hindsight;
import io.pharos.gate.hindsight.RegretWatch;
import io.pharos.http.Clients;
import io.pharos.migration.ledger.SchemaCompatibility;
import io.pharos.probe.ProbeRunner;
import io.pharos.promql.value.Evaluator;
import io.pharos.rollout.RolloutPhase;
import io.pharos.rollout.RolloutService;
import io.pharos.rollout.ServiceGates;
import io.pharos.state.Store;
import io.pharos.state.log.AnchorFiles;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.StoreUnavailableException;
import io.pharos.trouble.TimeContinuity;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What answers the pipeline: deployments, gates, rollouts, and whom they are told to.
final class ReleaseAssembly {
  private static final Logger LOG = LoggerFactory.getLogger(ReleaseAssembly.class);

  private final Store store;
  private final DeploymentRegister deployments;
  private final SchemaCompatibility migrations;
  private final PairedProbing pairedProbes;
  private final AnchorCatchUp anchorCatchUp;
  private final RegretWatch regretWatch;
  private final GateService gates;
  private final Hindsight hindsight;
  private final CallbackService callbacks;
  private final GithubWebhook webhook;
  private final RolloutService rollouts;

  /// What judges a release by.
  record Sight(
      Evaluator engine,
      ObservationGaps blindness,
      TimeContinuity continuity,
      RuleAlerts alerts,
      ProbeRunner probes) {}

  /// @param files what was read last
  ReleaseAssembly(
      ServeOptions options,
      Supplier<VersionedFiles> files,
      Store store,
      Sight sight,
      Clients clients,
      InstantSource clock,
      SecureRandom random,
      MeterRegistry registry,
      ShutdownStack closing) {
    this.store = store;
    deployments = new DeploymentRegister(store.deployments(), clock, registry);
    migrations =
        new SchemaCompatibility(
            store.migrations(),
            deployments,
            deployment ->
                store
                    .rollouts()
                    .ofDeployment(deployment.key())
                    .filter(rollout -> rollout.phase() instanceof RolloutPhase.Finishing)
                    .isPresent(),
            clock);
    pairedProbes = new PairedProbing(new ProbeTarget(sight.probes), threads(closing), random);
    AnchorFiles anchors =
        closing.add(
            new AnchorFiles(options.storagePath().resolve("gate-anchors"), clock, registry));
    gates =
        new GateService(
            () -> files.get().gates(),
            store.deployments(),
            store.gates(),
            GateSources.of(
                sight.engine,
                sight.blindness,
                sight.continuity,
                sight.alerts,
                pairedProbes,
                "probe"),
            anchors,
            clock,
            registry);
    regretWatch =
        new RegretWatch(store.deployments(), store.gates(), sight.alerts, anchors, registry);
    anchorCatchUp = new AnchorCatchUp(store.gates(), anchors);
    hindsight = new Hindsight(store.deployments(), store.gates());
    callbacks =
        closing.add(
            new CallbackService(
                () -> files.get().callbacks(),
                store.callbacks(),
                store.deployments(),
                Verdicts.of(gates),
                clients,
                threads(closing),
                random,
                clock,
                options.externalUrl().toString(),
                registry));
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

  private static ExecutorService threads(ShutdownStack closing) {
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    AutoCloseable end = threads::shutdownNow;
    closing.add(end);
    return threads;
  }

  /// Takes work that recurs.
  interface Recurring {
    void every(String name, Duration interval, Consumer<Instant> task);
  }

  void start(Recurring jobs) {
    jobs.every("gates", Duration.ofSeconds(1), gates::tick);
    jobs.every("gate-anchors", Duration.ofSeconds(30), anchorCatchUp::run);
    jobs.every("gate-regrets", Duration.ofSeconds(15), regretWatch::look);
    if (!store.isShared()) {
      releaseCallbacks();
    }
    jobs.every("callbacks", Duration.ofSeconds(1), callbacks::tick);
    jobs.every("rollouts", Duration.ofSeconds(1), rollouts::tick);
    jobs.every("paired-probes", Duration.ofMillis(200), pairedProbes::fire);
    jobs.every("deployments", Duration.ofSeconds(30), _ -> deployments.refresh());
  }

  /* A claim is for 60 s, which a restart need not wait for: the process that made it is gone. */
  private void releaseCallbacks() {
    try {
      store.callbacks().releaseAll();
    } catch (StoreUnavailableException e) {
      LOG.warn("callbacks that were being told go on in a minute: {}", e.getMessage());
    }
  }

  DeploymentRegister deployments() {
    return deployments;
  }

  SchemaCompatibility migrations() {
    return migrations;
  }

  Hindsight hindsight() {
    return hindsight;
  }

  GateService gates() {
    return gates;
  }

  Callbacks callbacks() {
    return store.callbacks();
  }

  GithubWebhook webhook() {
    return webhook;
  }

  RolloutService rollouts() {
    return rollouts;
  }
}
