package io.pharos.demo;

import java.util.List;
import java.util.Optional;

/// A route of RemoteGPU.
///
/// @param template the path with `:name` for variable parts: the label `path` of the metrics
/// @param weight its relative share among simulated requests of its kind
/// @param medianSeconds its median duration
record DemoRoute(
    Kind kind, String method, String template, Access access, int weight, double medianSeconds) {

  /// Who calls a route.
  enum Kind {
    /// The constant health answer.
    HEALTH,
    /// People, through the web pages.
    API,
    /// GPU nodes and proxies, constantly.
    AGENT,
    /// Server-sent events, open for up to an hour.
    STREAM
  }

  /// Who may call a route.
  enum Access {
    ANYBODY,
    TOKEN
  }

  /// Every route but `/metrics`.
  static final List<DemoRoute> ALL =
      List.of(
          new DemoRoute(Kind.HEALTH, "GET", "/api/v1/health", Access.ANYBODY, 0, 0.0002),
          api("POST", "/api/v1/auth/login", Access.ANYBODY, 4, 0.070),
          api("POST", "/api/v1/auth/refresh", Access.ANYBODY, 3, 0.012),
          api("GET", "/api/v1/admin/machines", Access.TOKEN, 10, 0.030),
          api("GET", "/api/v1/admin/machines/:id", Access.TOKEN, 6, 0.012),
          api("GET", "/api/v1/admin/alerts", Access.TOKEN, 6, 0.018),
          api("GET", "/api/v1/admin/monitoring/realtime", Access.TOKEN, 8, 0.045),
          api("GET", "/api/v1/customer/machines", Access.TOKEN, 20, 0.025),
          api("GET", "/api/v1/customer/machines/:id", Access.TOKEN, 12, 0.011),
          api("GET", "/api/v1/customer/tasks", Access.TOKEN, 12, 0.028),
          api("POST", "/api/v1/customer/tasks/training", Access.TOKEN, 3, 0.060),
          api("GET", "/api/v1/customer/notifications", Access.TOKEN, 8, 0.014),
          api("GET", "/api/v1/customer/notifications/unread-count", Access.TOKEN, 14, 0.005),
          agent("POST", "/api/v1/agent/heartbeat", 60, 0.004),
          agent("POST", "/api/v1/agent/tasks/claim", 30, 0.006),
          agent("POST", "/api/v1/agent/tasks/:id/lease/renew", 6, 0.005),
          agent("POST", "/api/v1/proxy/heartbeat", 4, 0.003),
          new DemoRoute(Kind.STREAM, "GET", "/api/v1/notifications/stream", Access.TOKEN, 1, 600));

  private static DemoRoute api(
      String method, String template, Access access, int weight, double medianSeconds) {
    return new DemoRoute(Kind.API, method, template, access, weight, medianSeconds);
  }

  private static DemoRoute agent(String method, String template, int weight, double medianSeconds) {
    return new DemoRoute(Kind.AGENT, method, template, Access.TOKEN, weight, medianSeconds);
  }

  /// The routes of a kind.
  static List<DemoRoute> of(Kind kind) {
    return ALL.stream().filter(route -> route.kind == kind).toList();
  }

  /// The route of a request; a fixed path takes precedence over variable parts.
  static Optional<DemoRoute> match(String method, String path) {
    return ALL.stream()
        .filter(route -> route.method.equals(method) && route.template.equals(path))
        .findFirst()
        .or(
            () ->
                ALL.stream()
                    .filter(route -> route.method.equals(method) && route.fits(path))
                    .findFirst());
  }

  /// A path for a simulated request, with the number for variable parts.
  String pathWith(int number) {
    return template.replace(":id", Integer.toString(number));
  }

  private boolean fits(String path) {
    String[] mine = template.split("/", -1);
    String[] theirs = path.split("/", -1);
    if (mine.length != theirs.length) {
      return false;
    }
    for (int i = 0; i < mine.length; i++) {
      boolean variable = mine[i].startsWith(":");
      if (variable ? theirs[i].isEmpty() : !mine[i].equals(theirs[i])) {
        return false;
      }
    }
    return true;
  }
}
