package io.pharos.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.dashboards.PanelQuery;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Stands for a Grafana that is provisioned with `dashboards/`, under a path as behind a proxy. It
/// opens an address only where Grafana would show what is meant: a dashboard that is there, a panel
/// and variables that it has, a time that it can read. Grafana itself passes over what it does not
/// know.
final class DashboardServer implements AutoCloseable {
  private static final String PATH = "/grafana";

  private final Map<String, Set<String>> variables = new TreeMap<>();
  private final Map<String, Set<String>> panels = new TreeMap<>();
  private final HttpServer server;

  DashboardServer(InetAddress address) throws IOException {
    try (Stream<Path> files = Files.list(Path.of("dashboards"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".json")).toList()) {
        JsonNode dashboard = new ObjectMapper().readTree(file.toFile());
        var names = new TreeSet<String>();
        dashboard.at("/templating/list").forEach(one -> names.add(one.path("name").asText()));
        variables.put(dashboard.path("uid").asText(), names);
        panels.put(
            dashboard.path("uid").asText(),
            PanelQuery.panels(dashboard).stream()
                .filter(panel -> !panel.path("type").asText().equals("row"))
                .map(panel -> panel.path("id").asText())
                .collect(Collectors.toSet()));
      }
    }
    server = HttpServer.create(new InetSocketAddress(address, 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  /// What `--grafana.url` is to be.
  String url() {
    return "http://"
        + server.getAddress().getAddress().getHostAddress()
        + ":"
        + server.getAddress().getPort()
        + PATH;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String problem = problem(exchange.getRequestURI());
    byte[] body = ("<html><p>" + problem).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(problem.isEmpty() ? 200 : 404, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private String problem(URI address) {
    String prefix = PATH + "/d/";
    String path = address.getPath();
    String uid = path.startsWith(prefix) ? path.substring(prefix.length()) : "";
    Set<String> known = variables.get(uid);
    if (known == null) {
      return "no dashboard " + path;
    }
    var given = new TreeSet<String>();
    for (String pair : String.valueOf(address.getRawQuery()).split("&")) {
      String[] parts = URLDecoder.decode(pair, StandardCharsets.UTF_8).split("=", 2);
      given.add(parts[0]);
      boolean fits =
          switch (parts[0]) {
            case "from" -> parts[1].matches("\\d{13}");
            case "viewPanel" -> panels.get(uid).contains(parts[1]);
            case "to" -> parts[1].matches("\\d{13}|now");
            default -> known.contains(parts[0].replaceFirst("^var-", "")) && !parts[1].isEmpty();
          };
      if (!fits) {
        return uid + " knows nothing of " + pair;
      }
    }
    return given.containsAll(Set.of("from", "to")) ? "" : "no time in " + address;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
