package io.pharos.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// The bodies of RemoteGPU's API: envelopes `{"code":…,"msg":…,"data":…}` with invented machines,
/// tasks and alerts.
final class GpuAnswers {
  private GpuAnswers() {}

  /// The answer of a route, or an error for an unknown id.
  ///
  /// @param id the variable part of the path, or 0
  /// @param token the token that the login returns
  static Envelope of(DemoRoute route, int id, String token) {
    return switch (route.template()) {
      case "/api/v1/auth/login", "/api/v1/auth/refresh" -> tokens(token);
      case "/api/v1/admin/machines", "/api/v1/customer/machines" ->
          page(Platform.MACHINES, GpuAnswers::machine);
      case "/api/v1/admin/machines/:id", "/api/v1/customer/machines/:id" ->
          id >= 1 && id <= Platform.MACHINES
              ? Envelope.success(machine(id))
              : Envelope.failure(404, "machine not found");
      case "/api/v1/customer/tasks" -> page(3, GpuAnswers::task);
      case "/api/v1/admin/alerts", "/api/v1/customer/notifications" -> page(0, GpuAnswers::task);
      case "/api/v1/customer/notifications/unread-count" ->
          Envelope.success(Envelope.JSON.createObjectNode().put("count", 0));
      case "/api/v1/customer/tasks/training" -> Envelope.success(task(4));
      case "/api/v1/admin/monitoring/realtime" ->
          Envelope.success(
              Envelope.JSON
                  .createObjectNode()
                  .put("total_machines", 3 * Platform.MACHINES)
                  .put("online_machines", Platform.MACHINES));
      case "/api/v1/agent/tasks/claim" ->
          Envelope.success(
              Envelope.JSON.createObjectNode().set("tasks", Envelope.JSON.createArrayNode()));
      default -> Envelope.success(Envelope.JSON.createObjectNode());
    };
  }

  private static Envelope tokens(String token) {
    return Envelope.success(
        Envelope.JSON
            .createObjectNode()
            .put("access_token", token)
            .put("refresh_token", token)
            .put("expires_in", 86_400));
  }

  private static Envelope page(int total, java.util.function.IntFunction<ObjectNode> item) {
    ArrayNode list = Envelope.JSON.createArrayNode();
    for (int i = 1; i <= total; i++) {
      list.add(item.apply(i));
    }
    ObjectNode data = Envelope.JSON.createObjectNode();
    data.set("list", list);
    return Envelope.success(data.put("total", total).put("page", 1).put("page_size", 20));
  }

  private static ObjectNode machine(int id) {
    return Envelope.JSON
        .createObjectNode()
        .put("id", id)
        .put("name", "gpu-%02d".formatted(id))
        .put("device_status", "online")
        .put("allocation_status", id % 2 == 0 ? "allocated" : "idle")
        .put("gpu_count", 4);
  }

  private static ObjectNode task(int id) {
    return Envelope.JSON
        .createObjectNode()
        .put("id", id)
        .put("status", "running")
        .put("priority", 5);
  }
}
