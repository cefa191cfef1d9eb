package io.pharos.rollout.agent;

import io.pharos.migration.BackgroundMigrations;
import io.pharos.rollout.AgentTrouble;
import io.pharos.rollout.DesiredServers;
import io.pharos.rollout.Heartbeat;
import io.pharos.rollout.HeartbeatAnswer;
import io.pharos.rollout.ObservedServer;
import io.pharos.rollout.ServerState;
import io.pharos.rollout.agent.AgentFiles.Memory;
import io.pharos.rollout.agent.BalancedServer.Check;
import io.pharos.rollout.agent.BalancedServer.Service;
import io.pharos.rollout.agent.Coordinator.Reply;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The agent of one service in one environment. In each round, once per second, it observes the
/// servers, sends a heartbeat to Pharos and brings the servers closer to the desired state.
///
/// Approved weights are written to the disk before they are applied. If Pharos does not answer for
/// most of the lease, the agent restores the approved weights, and neither starts nor stops
/// servers. While another agent holds the lease, this agent changes nothing.
public final class RolloutAgent {
  /* Time for all health checks of a round, because servers that hang must not delay the heartbeat.
   * Servers that were not checked in time count as unhealthy. */
  private static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(2);

  private static final int MAX_WEIGHT = 100;
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,49}";

  private final AgentSettings settings;
  private final Tools tools;
  private final ServerKeeper keeper;
  private final LongSupplier nanos;
  private final LeaseClock lease;
  private final Approval approval;
  private final Draining draining;
  private final Failover failover;

  private final Map<String, AgentTrouble> trouble = new TreeMap<>();
  private Map<String, BalancedServer> servers = Map.of();
  private boolean balancerAnswers;
  private Set<String> healthy = Set.of();
  private Optional<HeartbeatAnswer> instructions = Optional.empty();
  private boolean heard;
  private boolean otherHoldsLease;
  private boolean ended;
  private String lastLine = "";

  /// The collaborators of an agent.
  record Tools(
      LoadBalancer balancer,
      HealthCheck health,
      Coordinator pharos,
      AgentFiles files,
      ServerKeeper keeper,
      BackgroundMigrations migrations,
      LongSupplier nanos,
      Consumer<String> say) {}

  /// Creates an agent that continues where its predecessor in the same directory ended.
  ///
  /// @param name name in heartbeats if there was no predecessor: `host:pid:random`
  /// @param boot identifier of the machine's boot
  /// @param background runs commands
  /// @param nanos monotonic clock
  /// @param say receives lines for people
  /// @throws IOException when a predecessor's files are unreadable
  public static RolloutAgent open(
      AgentSettings settings,
      String name,
      String boot,
      Coordinator pharos,
      HealthCheck health,
      Executor background,
      LongSupplier nanos,
      Consumer<String> say)
      throws IOException {
    var files = new AgentFiles(settings.stateDir());
    Memory memory = files.memory().orElse(new Memory(name, null, boot, Map.of()));
    var keeper = new ServerKeeper(settings.driver(), files, memory, boot, background, nanos, say);
    var migrations = new BackgroundMigrations(settings.migrator(), background, say);
    var tools =
        new Tools(settings.balancer(), health, pharos, files, keeper, migrations, nanos, say);
    return new RolloutAgent(settings, tools);
  }

  /// @throws IOException when a predecessor's files are unreadable
  RolloutAgent(AgentSettings settings, Tools tools) throws IOException {
    this.settings = settings;
    this.tools = tools;
    keeper = tools.keeper();
    nanos = tools.nanos();
    draining = new Draining(nanos);
    failover = new Failover(tools.balancer(), nanos, tools.say());
    approval = new Approval(tools.files());
    lease = new LeaseClock(nanos);
  }

  /// Returns how long the agent may act without an answer from Pharos.
  public synchronized Duration lease() {
    return lease.lease();
  }

  /// Returns whether the watchdog must restore the approved weights if this agent dies.
  public synchronized boolean guards() {
    return !otherHoldsLease && approval.servers().isPresent();
  }

  /// Looks once whether the servers with traffic are down. Call it several times a second, from a
  /// thread of its own: a round may wait for Pharos.
  public void failOver() {
    failover.look();
  }

  /// Runs one round: observes, reports and acts.
  public synchronized void round() {
    if (ended) {
      return;
    }
    observe();
    Heartbeat heartbeat = heartbeat();
    trouble.clear(); // problems from here on are reported in the next round
    long sent = nanos.getAsLong();
    heard = false;
    switch (tools.pharos().beat(heartbeat)) {
      case Reply.Granted(HeartbeatAnswer answer) -> {
        lease.granted(sent, Duration.ofSeconds(answer.leaseSeconds()));
        heard = true;
        otherHoldsLease = false;
        accept(answer);
      }
      case Reply.Refused(String text) -> {
        tell("not acting: " + text);
        otherHoldsLease = true;
        instructions = Optional.empty();
        failover.rest();
        noteEpoch(null);
      }
      case Reply.Silent(String text) -> {
        lease.silent();
        tell("Pharos does not answer: " + text);
      }
    }
    if (otherHoldsLease) {
      return;
    }
    if (lease.isGivenUp()) {
      restore();
    } else {
      instructions.ifPresent(this::act);
    }
  }

  /// Restores the approved weights and stops acting.
  public synchronized void end() {
    if (!ended && !otherHoldsLease) {
      restore();
    }
    ended = true;
  }

  /// Says a line, unless it equals the last one.
  private void tell(String line) {
    if (!line.equals(lastLine)) {
      tools.say().accept(line);
      lastLine = line;
    }
  }

  private void observe() {
    try {
      servers = new TreeMap<>(tools.balancer().servers());
      servers.keySet().removeIf(name -> !name.matches(NAME));
      balancerAnswers = true;
      draining.update(servers);
      failover.update(servers);
    } catch (IOException e) {
      balancerAnswers = false;
      trouble("", "balancer", e);
    }
    var answering = new HashSet<String>();
    long end = nanos.getAsLong() + HEALTH_TIMEOUT.toNanos();
    servers.forEach(
        (name, server) -> {
          boolean inTime = nanos.getAsLong() - end < 0;
          if (balancerAnswers && server.healthy() && inTime && answers(name)) {
            answering.add(name);
          }
        });
    healthy = answering;
    adopt();
  }

  private boolean answers(String name) {
    Optional<URI> url = settings.healthUrl(name);
    return url.isEmpty() || tools.health().answers(url.get());
  }

  /// Records the versions of serving servers that are missing in the agent's file, because the
  /// deploy scripts started them or because the file was lost.
  private void adopt() {
    try {
      for (String name : healthy) {
        if (!keeper.hasRecord(name) && server(name).weight() > 0) {
          Optional<String> version = versionBefore(name);
          if (version.isPresent()) {
            keeper.adopt(name, version.get());
          }
        }
      }
    } catch (IOException e) {
      trouble("", "state", e);
    }
  }

  private Optional<String> versionBefore(String name) throws IOException {
    List<String> releases = tools.files().releases();
    if (!releases.isEmpty() && releases.getLast().startsWith(name + " ")) {
      return Optional.of(releases.getLast().substring(name.length() + 1));
    }
    return instructions
        .filter(answer -> answer.rollout() == null)
        .flatMap(answer -> Optional.ofNullable(answer.desired()))
        .flatMap(fleet -> fleet.server(name))
        .map(ServerState::version);
  }

  private BalancedServer server(String name) {
    BalancedServer server = servers.get(name);
    return server == null ? new BalancedServer(name, Check.UNKNOWN, Service.READY, 0, 0) : server;
  }

  private void trouble(String server, String operation, Exception e) {
    trouble.put(
        server + " " + operation,
        new AgentTrouble(server, operation, String.valueOf(e.getMessage())));
  }

  private Heartbeat heartbeat() {
    var names = new TreeSet<>(servers.keySet());
    names.addAll(keeper.memory().servers().keySet());
    var seen = new TreeMap<String, ObservedServer>();
    for (String name : names) {
      boolean up = healthy.contains(name);
      boolean answers = balancerAnswers && server(name).healthy();
      int weight = server(name).weight();
      seen.put(
          name,
          new ObservedServer(
              keeper.version(name, answers),
              keeper.isRunning(name, answers),
              up,
              balancerAnswers && weight <= MAX_WEIGHT ? weight : null,
              withdrawal(name)));
    }
    var allTrouble = new ArrayList<>(trouble.values());
    allTrouble.addAll(keeper.trouble());
    unhealthy().forEach(allTrouble::add);
    failover.pause().ifPresent(allTrouble::add);
    return new Heartbeat(
        settings.service(),
        settings.env(),
        keeper.memory().agent(),
        keeper.memory().epoch(),
        seen,
        tools.migrations().result().orElse(null),
        allTrouble);
  }

  private ObservedServer.@Nullable Withdrawal withdrawal(String name) {
    if (!balancerAnswers || !server(name).withdrawn()) {
      return null;
    }
    return failover.tookOut(name)
        ? ObservedServer.Withdrawal.DOWN
        : ObservedServer.Withdrawal.BY_HAND;
  }

  private List<AgentTrouble> unhealthy() {
    return wanted().entrySet().stream()
        .filter(entry -> entry.getValue().running() && !healthy.contains(entry.getKey()))
        .filter(entry -> !keeper.isBusy(entry.getKey()))
        .filter(entry -> keeper.age(entry.getKey()).compareTo(settings.startWait()) > 0)
        .map(
            entry ->
                new AgentTrouble(
                    entry.getKey(),
                    "health",
                    "the server is still not healthy after "
                        + settings.startWait().toSeconds()
                        + " s"))
        .toList();
  }

  private Map<String, ServerState> wanted() {
    return instructions
        .flatMap(answer -> Optional.ofNullable(answer.desired()))
        .map(DesiredServers::servers)
        .orElse(Map.of());
  }

  private void accept(HeartbeatAnswer answer) {
    tell(
        answer.rollout() == null
            ? answer.phase() + ", desired " + answer.desired()
            : "rollout %s of %s: %s, desired %s"
                .formatted(
                    answer.rollout(), answer.deployment(), answer.phase(), answer.desired()));
    noteEpoch(answer.epoch());
    failover.watch(answer);
    try {
      approval.accept(answer);
      instructions = Optional.of(answer);
    } catch (IOException e) {
      trouble("", "state", e);
      instructions = approval.acceptUnstored(answer) ? Optional.of(answer) : Optional.empty();
    }
  }

  private void noteEpoch(@Nullable Long epoch) {
    try {
      keeper.setEpoch(epoch);
    } catch (IOException e) {
      trouble("", "state", e);
    }
  }

  private void restore() {
    Optional<DesiredServers> approved = approval.servers();
    if (approved.isEmpty()) {
      return;
    }
    if (lease.beginRestoring()) {
      tools.say().accept("restoring the approved weights: " + approved.get());
    }
    instructions = Optional.empty();
    try {
      Restoration.attempt(
          tools.balancer(), Restoration.weights(approved.get(), keeper.memory()), this::answers);
    } catch (IOException e) {
      tell("cannot restore the approved weights, will retry: " + e.getMessage());
    }
  }

  private void act(HeartbeatAnswer answer) {
    DesiredServers desired = answer.desired();
    boolean migrates =
        answer.migrate() != null && !tools.migrations().isDone(answer.rollout(), answer.migrate());
    tools.migrations().request(answer.rollout(), answer.migrate());
    if (desired == null || !balancerAnswers) {
      return;
    }
    if (!lease.isSteady() && Approval.isExceeded(answer)) {
      return;
    }
    applyWeights(answer, desired);
    desired
        .servers()
        .forEach(
            (name, state) -> {
              putBackIdle(name, state);
              if (!state.running()) {
                stop(name, answer.drainSeconds());
              } else if (!migrates && !isAsDesired(name, state)) {
                start(name, state, answer.drainSeconds());
              }
            });
    if (answer.rollout() == null) {
      noteRelease(desired);
    }
  }

  /// Puts a stopped server back into service, without weight: its release was taken back, as Pharos
  /// knows.
  private void putBackIdle(String name, ServerState state) {
    if (heard
        && !state.running()
        && server(name).withdrawn()
        && !keeper.isRunning(name, server(name).healthy())) {
      putBack(name);
    }
  }

  private void putBack(String name) {
    try {
      tools.balancer().setWeights(Map.of(), Set.of(name));
    } catch (IOException e) {
      trouble("", "balancer", e);
    }
  }

  private void applyWeights(HeartbeatAnswer answer, DesiredServers desired) {
    var weights = new HashMap<String, Integer>();
    desired
        .servers()
        .forEach(
            (name, state) ->
                weights.put(
                    name, state.running() && isAsDesired(name, state) ? state.weight() : 0));
    var serving = new HashSet<>(healthy);
    if (!heard) { // Pharos has not decided yet about a server that someone took out
      serving.removeAll(WeightChanges.withdrawn(servers));
    }
    Map<String, Integer> changes = WeightChanges.changes(servers, serving, weights);
    // The return of a first release: nothing serves, as before.
    boolean noneServes = desired.servers().values().stream().allMatch(state -> state.weight() == 0);
    if (answer.rollout() != null && noneServes) {
      servers.forEach(
          (name, server) -> {
            if (weights.containsKey(name) && server.weight() > 0) {
              changes.put(name, 0);
            }
          });
    }
    try {
      if (!changes.isEmpty() && lease.isValid()) {
        tools.say().accept("setting weights: " + changes);
        tools.balancer().setWeights(changes, WeightChanges.back(servers, changes));
      }
      tools
          .balancer()
          .storeWeights(Restoration.weights(approval.servers().orElse(desired), keeper.memory()));
    } catch (IOException e) {
      trouble("", "balancer", e);
      tell("cannot set the weights, will retry: " + e.getMessage());
    }
  }

  private boolean isAsDesired(String name, ServerState state) {
    boolean answers = server(name).healthy();
    return !keeper.isBusy(name)
        && keeper.isRunning(name, answers)
        && (state.version() == null || state.version().equals(keeper.version(name, answers)));
  }

  private void stop(String name, int drainSeconds) {
    if (keeper.isRunning(name, server(name).healthy())
        && draining.isOver(name, Duration.ofSeconds(drainSeconds))
        && lease.isValid()) {
      keeper.stop(name);
    }
  }

  private void start(String name, ServerState state, int drainSeconds) {
    String version = state.version();
    boolean runs = keeper.isRunning(name, server(name).healthy());
    if (version == null) {
      trouble.put(
          name + " version",
          new AgentTrouble(
              name, "start", "the server must be started, but the version to start is unknown"));
    } else if (servers.containsKey(name)
        && (runs
            ? draining.isOver(name, Duration.ofSeconds(drainSeconds))
            : server(name).weight() <= state.weight())
        && lease.isValid()) {
      if (server(name).withdrawn()) {
        putBack(name);
      }
      keeper.start(name, version, runs);
    }
  }

  /// If only one server runs, records its version as the release that serves, for
  /// scripts/rollback.sh and for the next agent.
  private void noteRelease(DesiredServers fleet) {
    List<Map.Entry<String, ServerState>> running =
        fleet.servers().entrySet().stream().filter(entry -> entry.getValue().running()).toList();
    if (running.size() != 1
        || !isAsDesired(running.getFirst().getKey(), running.getFirst().getValue())) {
      return;
    }
    String version = running.getFirst().getValue().version();
    try {
      if (version != null) {
        tools.files().addRelease(running.getFirst().getKey(), version);
      }
    } catch (IOException e) {
      trouble("", "state", e);
    }
  }
}
