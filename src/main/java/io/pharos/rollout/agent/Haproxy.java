package io.pharos.rollout.agent;

import io.pharos.bytes.Durability;
import io.pharos.model.Quoted;
import io.pharos.rollout.agent.BalancedServer.Check;
import io.pharos.rollout.agent.BalancedServer.Service;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Reads and changes the servers of one HAProxy backend through the runtime API of HAProxy 2.6 or
/// newer.
final class Haproxy implements LoadBalancer {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /* Columns of `show servers state`, version 1. */
  private static final int BACKEND = 1;
  private static final int SERVER = 3;
  private static final int OPERATION = 5;
  private static final int ADMINISTRATION = 6;
  private static final int WEIGHT = 7;
  private static final int CHECK_STATUS = 10;
  private static final int COLUMNS = 19;

  private static final String STOPPED = "0";
  private static final String RUNNING = "2";

  /// Bits of a server that a person put into the states `maint` and `drain`.
  private static final int WITHDRAWN = 1 | 8;

  /// The state of a server that was never checked; HAProxy assumes that it runs.
  private static final String NOT_CHECKED = "1";

  private static final int MAX_WEIGHT = 256;
  private static final int FULL_WEIGHT = 100;

  private final RuntimeSocket socket;
  private final String backend;
  private final Optional<Path> stateFile;

  /// The values that were last written to the state file and can change.
  private String lastStored = "";

  /// @param runtime path of the runtime API's socket, or `host:port`
  /// @param stateFile HAProxy's `server-state-file`; empty if it has none
  Haproxy(String runtime, String backend, Optional<Path> stateFile) {
    socket = new RuntimeSocket(runtime, TIMEOUT);
    this.backend = name(backend);
    this.stateFile = stateFile;
  }

  /// Checks a name. Names become part of commands, so they must not contain spaces or semicolons.
  private static String name(String text) {
    if (!text.matches("[A-Za-z0-9_.:-]{1,100}")) {
      throw new IllegalArgumentException(
          "expected 1 to 100 letters, digits and _ . : - in a name of HAProxy, found '"
              + text
              + "'");
    }
    return text;
  }

  @Override
  public Map<String, BalancedServer> servers() throws IOException {
    List<String[]> rows = rows(socket.send("show servers state " + backend));
    Map<String, Integer> sessions = sessions();
    var servers = new LinkedHashMap<String, BalancedServer>();
    for (String[] row : rows) {
      servers.put(
          row[SERVER],
          new BalancedServer(
              row[SERVER],
              check(row),
              service(number(row[ADMINISTRATION])),
              number(row[WEIGHT]),
              sessions.getOrDefault(row[SERVER], 0)));
    }
    return servers;
  }

  private static Check check(String[] row) {
    return switch (row[OPERATION]) {
      case STOPPED -> Check.DOWN;
      case RUNNING -> row[CHECK_STATUS].equals(NOT_CHECKED) ? Check.UNKNOWN : Check.UP;
      default -> Check.UNKNOWN;
    };
  }

  private static Service service(int state) {
    if (state == 0) {
      return Service.READY;
    }
    return (state & WITHDRAWN) != 0 ? Service.WITHDRAWN : Service.AWAY;
  }

  private List<String[]> rows(String answer) throws IOException {
    if (!answer.startsWith("1\n")) {
      throw new IOException(
          "cannot read HAProxy's servers of " + backend + ": " + firstLine(answer));
    }
    return answer
        .lines()
        .skip(1)
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(line -> line.split(" "))
        .filter(row -> row.length >= COLUMNS)
        .toList();
  }

  private static String firstLine(String answer) {
    return Quoted.cut(
        answer.lines().filter(line -> !line.isBlank()).findFirst().orElse("an empty answer"), 200);
  }

  private static int number(String text) throws IOException {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IOException("HAProxy answered '" + text + "', expected a number", e);
    }
  }

  /// Returns the number of requests in progress of each server. In the command, 4 selects rows of
  /// servers and -1 selects all servers.
  private Map<String, Integer> sessions() throws IOException {
    List<String[]> rows =
        socket
            .send("show stat " + backend + " 4 -1")
            .lines()
            .filter(line -> !line.isBlank())
            .map(line -> line.split(",", -1))
            .toList();
    List<String> names = rows.isEmpty() ? List.of() : List.of(rows.getFirst());
    int server = names.indexOf("svname");
    int current = names.indexOf("scur");
    if (server < 0 || current < 0) {
      throw new IOException(
          "expected the columns svname and scur in HAProxy's answer to show stat, found " + names);
    }
    var sessions = new TreeMap<String, Integer>();
    for (String[] row : rows.subList(1, rows.size())) {
      if (row.length > Math.max(server, current)) {
        sessions.put(row[server], row[current].isEmpty() ? 0 : number(row[current]));
      }
    }
    return sessions;
  }

  /// Sends one line of commands, with the highest weights first. HAProxy executes the line without
  /// serving requests in between.
  @Override
  public void setWeights(Map<String, Integer> weights, Set<String> back) throws IOException {
    send(
        Stream.concat(
            back.stream().sorted().map(server -> set(server) + " state ready"),
            weights.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .map(entry -> weight(entry.getKey(), entry.getValue()))));
  }

  @Override
  public void failOver(String spare, Set<String> withdrawn) throws IOException {
    send(
        Stream.concat(
            Stream.of(weight(spare, FULL_WEIGHT)),
            withdrawn.stream()
                .sorted()
                .flatMap(server -> Stream.of(set(server) + " state drain", weight(server, 0)))));
  }

  private void send(Stream<String> parts) throws IOException {
    String commands = parts.collect(Collectors.joining(";"));
    String answer = commands.isEmpty() ? "" : socket.send(commands);
    if (!answer.isBlank()) {
      throw new IOException("HAProxy refused '" + commands + "': " + firstLine(answer));
    }
  }

  private String set(String server) {
    return "set server " + backend + "/" + name(server);
  }

  private String weight(String server, int weight) {
    if (weight < 0 || weight > MAX_WEIGHT) {
      throw new IllegalArgumentException(
          server + ": weight " + weight + ", expected 0 to " + MAX_WEIGHT);
    }
    return set(server) + " weight " + weight;
  }

  /* The file is written only if the weight, state, address or port of a server changed. */
  @Override
  public void storeWeights(Map<String, Integer> weights) throws IOException {
    if (stateFile.isEmpty()) {
      return;
    }
    var text = new StringBuilder();
    var changing = new StringBuilder(weights.toString());
    for (String line : socket.send("show servers state").split("\n", -1)) {
      String[] row = line.split(" ");
      if (row.length < COLUMNS || line.startsWith("#")) {
        text.append(line).append('\n');
        continue;
      }
      if (row[BACKEND].equals(backend) && weights.containsKey(row[SERVER])) {
        row[WEIGHT] = weights.get(row[SERVER]).toString();
      }
      String changed = String.join(" ", row);
      text.append(changed).append('\n');
      changing.append(row[BACKEND]).append(row[SERVER]).append(row[OPERATION]).append(row[WEIGHT]);
      changing.append(row[ADMINISTRATION]).append(row[4]).append(row[18]);
    }
    rows(text.toString()); // throws if the answer is invalid, so that a good file is not replaced
    if (!lastStored.contentEquals(changing)) {
      Durability.write(
          stateFile.get(),
          text.toString().stripTrailing() + "\n",
          PosixFilePermissions.fromString("rw-r--r--"));
      lastStored = changing.toString();
    }
  }
}
