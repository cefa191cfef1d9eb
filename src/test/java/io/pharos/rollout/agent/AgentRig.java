package io.pharos.rollout.agent;

import io.pharos.migration.BackgroundMigrations;
import io.pharos.migration.MigrationTask;
import io.pharos.rollout.DesiredServers;
import io.pharos.rollout.Heartbeat;
import io.pharos.rollout.HeartbeatAnswer;
import io.pharos.rollout.ServerState;
import io.pharos.rollout.agent.AgentFiles.Memory;
import io.pharos.rollout.agent.BalancedServer.Check;
import io.pharos.rollout.agent.BalancedServer.Service;
import io.pharos.rollout.agent.Coordinator.Reply;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// An agent with a scripted load balancer, servers and Pharos on a virtual clock. Each round is a
/// second. `log` has the agent's actions in order.
final class AgentRig
    implements LoadBalancer, ServerDriver, Coordinator, HealthCheck, MigrationTask.Runner {
  final List<String> log = new ArrayList<>();
  final Map<String, BalancedServer> servers = new TreeMap<>();
  final Map<String, String> failures = new HashMap<>();
  final Queue<Runnable> background = new ArrayDeque<>();
  final Path folder;
  final AgentFiles files;
  boolean balancerThere = true;
  boolean looking = true;
  boolean balancerAnswersNonsense;
  boolean urlsAnswer = true;
  boolean backgroundWaits;
  Reply reply = new Reply.Silent("nobody");
  long nanos = Duration.ofDays(3).toNanos();
  String boot = "boot1";
  @Nullable Heartbeat heard;
  RolloutAgent agent;

  AgentRig(Path folder) throws IOException {
    this.folder = folder;
    files = new AgentFiles(folder);
    serves("blue", 100);
    server("green", false, 0, 0);
    agent = open();
  }

  /// Starts an agent that continues after the previous one was killed.
  RolloutAgent open() throws IOException {
    var settings = settings();
    Memory memory = files.memory().orElse(new Memory("host:1:x", null, boot, Map.of()));
    var keeper =
        new ServerKeeper(this, files, memory, boot, this::inBackground, () -> nanos, _ -> {});
    var migrations = new BackgroundMigrations(this, this::inBackground, _ -> {});
    agent =
        new RolloutAgent(
            settings,
            new RolloutAgent.Tools(
                this, this, this, files, keeper, migrations, () -> nanos, _ -> {}));
    return agent;
  }

  AgentSettings settings() {
    return AgentSettings.of(
        Map.of(
            "SERVICE", "shop",
            "PHAROS_ENV", "staging",
            "HAPROXY_RUNTIME", "/nowhere",
            "HAPROXY_BACKEND", "shop",
            "START_WAIT", "20",
            "STATE_DIR", folder.toString(),
            "CANDIDATE_URL_GREEN", "http://127.0.0.1:1/health"),
        folder);
  }

  private void inBackground(Runnable work) {
    if (backgroundWaits) {
      background.add(work);
    } else {
      work.run();
    }
  }

  void server(String name, boolean healthy, int weight, int sessions) {
    servers.put(
        name,
        new BalancedServer(name, healthy ? Check.UP : Check.DOWN, Service.READY, weight, sessions));
  }

  /// What a person does at HAProxy, or `scripts/rollback.sh`.
  void withdraw(String name) {
    change(name, Service.WITHDRAWN, servers.get(name).weight());
  }

  private void checked(String name, Check check) {
    BalancedServer now = servers.get(name);
    servers.put(name, new BalancedServer(name, check, now.service(), now.weight(), 0));
  }

  private void change(String name, Service service, int weight) {
    BalancedServer now = servers.get(name);
    servers.put(name, new BalancedServer(name, now.check(), service, weight, now.sessions()));
  }

  void serves(String name, int weight) {
    server(name, true, weight, 0);
  }

  int weight(String name) {
    return servers.get(name).weight();
  }

  /// Parses servers such as `blue 1 95, green 2 5`; a weight of `-` is a stopped server.
  static DesiredServers fleet(String text) {
    var states = new TreeMap<String, ServerState>();
    for (String part : text.split(", ")) {
      String[] words = part.split(" ");
      boolean running = !words[2].equals("-");
      states.put(
          words[0],
          new ServerState(
              words[1].equals("?") ? null : words[1],
              running,
              running ? Integer.parseInt(words[2]) : 0));
    }
    return new DesiredServers(states);
  }

  /// Sets the answer of Pharos.
  void wants(String desired, String approved) {
    wants("r1", desired, approved, null);
  }

  void wants(
      @Nullable String rollout,
      String desired,
      String approved,
      @Nullable MigrationTask migration) {
    reply =
        new Reply.Granted(
            new HeartbeatAnswer(
                7,
                10,
                rollout,
                rollout == null ? null : "key",
                rollout == null ? HeartbeatAnswer.IDLE : "STEP",
                1,
                fleet(desired),
                fleet(approved),
                migration,
                30));
  }

  void rounds(int count) {
    for (int i = 0; i < count; i++) {
      agent.round();
      if (looking) {
        agent.failOver();
      }
      nanos += Duration.ofSeconds(1).toNanos();
    }
  }

  @Override
  public Map<String, BalancedServer> servers() throws IOException {
    if (!balancerThere) {
      throw new IOException("haproxy is away");
    }
    if (balancerAnswersNonsense) {
      throw new IllegalArgumentException("expected a weight, found \"x\"");
    }
    return servers;
  }

  @Override
  public void setWeights(Map<String, Integer> weights, Set<String> back) throws IOException {
    servers();
    back.forEach(
        name -> {
          log.add("ready " + name);
          change(name, Service.READY, servers.get(name).weight());
        });
    weights.forEach(
        (name, weight) -> {
          Optional<DesiredServers> approved = approved();
          log.add(name + "=" + weight + approved.map(it -> " of " + of(it, name)).orElse(""));
          change(name, servers.get(name).service(), weight);
        });
  }

  @Override
  public void failOver(String spare, Set<String> withdrawn) throws IOException {
    servers();
    log.add("fail over to " + spare);
    change(spare, Service.READY, 100);
    withdrawn.forEach(name -> change(name, Service.WITHDRAWN, 0));
  }

  private Optional<DesiredServers> approved() {
    try {
      return files.approved();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String of(DesiredServers approved, String name) {
    return approved.server(name).map(state -> String.valueOf(state.weight())).orElse("nothing");
  }

  @Override
  public void storeWeights(Map<String, Integer> weights) throws IOException {
    servers();
  }

  @Override
  public void start(String server, String version) throws IOException {
    act(server, "start " + server + " " + version);
    checked(server, Check.UP);
  }

  @Override
  public void stop(String server) throws IOException {
    act(server, "stop " + server);
    checked(server, Check.DOWN);
  }

  private void act(String server, String what) throws IOException {
    log.add(what);
    if (failures.containsKey(server)) {
      throw new IOException(failures.get(server));
    }
  }

  @Override
  public Reply beat(Heartbeat heartbeat) {
    heard = Heartbeat.parse(heartbeat.toJson()); // as Pharos reads it
    return reply;
  }

  @Override
  public boolean answers(URI url) {
    return urlsAnswer;
  }

  @Override
  public String run(MigrationTask migration) throws IOException {
    act("migration", "migrate " + migration.version() + " " + migration.phase());
    return "done";
  }
}
