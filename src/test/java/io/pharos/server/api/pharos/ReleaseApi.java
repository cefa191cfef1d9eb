package io.pharos.server.api.pharos;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.access.Access;
import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Scope;
import io.pharos.gate.GateRig;
import io.pharos.gate.GateRun;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.hindsight.Hindsight;
import io.pharos.server.api.Caller;
import io.pharos.server.api.Caller.NotCoveredException;
import io.pharos.server.api.MissingPage;
import io.pharos.server.api.Needs;
import io.pharos.server.api.refusal.ErrorMapper;
import io.pharos.trouble.StoreUnavailableException;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// Serves the API of deployments and gates by HTTP with its scopes, for a gate whose clock and
/// observations the test controls. It answers while `open` is true.
final class ReleaseApi implements AutoCloseable {
  static final MissingPage NO_PAGES =
      new MissingPage() {
        @Override
        public String html(String path, String reason) {
          return "no page is asked for here";
        }

        @Override
        public String unreadable(String reason) {
          return "none here";
        }
      };

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ROOT = "/api/pharos/v1/";

  final GateRig rig = new GateRig();
  final List<String> requests = new CopyOnWriteArrayList<>();
  volatile int trouble;

  /// Runs before each answer about a gate, to simulate the passage of time.
  volatile Runnable meanwhile = () -> {};

  private final DeploymentRegister register =
      new DeploymentRegister(rig.deployments, rig.clock, rig.meterRegistry);
  private final DeploymentResource deployments =
      new DeploymentResource(register, rig.service, rig.clock);
  private final GateResource gates =
      new GateResource(rig.service, new Hindsight(rig.deployments, rig.gates));
  private final FlaggerResource flagger = new FlaggerResource(rig.service, register);
  private final AccessControl access;
  private final HttpServer server;

  ReleaseApi(AccessControl access) throws IOException {
    this.access = access;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /// The only gate.
  GateRun gate() {
    return rig.gates.ofService("backend", 1).getFirst();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + body);
    if (trouble != 0) {
      send(exchange, Response.status(trouble).entity("<html>trouble</html>").build());
      return;
    }
    var errors = new ErrorMapper(ReleaseApi.NO_PAGES);
    Response response;
    try {
      response = route(exchange, body);
    } catch (NotCoveredException e) {
      response = errors.notCovered(e);
    } catch (InvalidFieldException e) {
      response = errors.invalid(e);
    } catch (StoreUnavailableException _) {
      response = ErrorMapper.unavailable(ROOT);
    }
    send(exchange, response);
  }

  private Response route(HttpExchange exchange, String body) {
    String path = exchange.getRequestURI().getRawPath();
    String call = exchange.getRequestMethod() + " " + path.substring(ROOT.length());
    String[] parts = call.split("/", 2);
    String rest = parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8);
    String id = rest.replaceFirst("/.*", "");
    String wait = query(exchange, "wait");
    String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
    return switch (parts[0]) {
      case "PUT deployments" ->
          as(
              exchange,
              DeploymentResource.class,
              "put",
              caller -> deployments.put(rest, caller, body));
      case "PATCH deployments" ->
          as(
              exchange,
              DeploymentResource.class,
              "patch",
              caller -> deployments.patch(rest, caller, body));
      case "GET deployments" ->
          as(exchange, DeploymentResource.class, "get", caller -> deployments.get(rest, caller));
      case "POST gates" ->
          as(
              exchange,
              GateResource.class,
              "open",
              caller -> {
                meanwhile.run();
                return gates.open(key, shortened(wait), caller, body);
              });
      case "GET gates" -> {
        meanwhile.run();
        yield rest.endsWith("/require-pass")
            ? as(
                exchange,
                GateResource.class,
                "requirePass",
                caller -> gates.requirePass(id, shortened(wait), caller))
            : rest.endsWith("/decision")
                ? as(
                    exchange,
                    GateResource.class,
                    "decision",
                    caller -> gates.decision(id, shortened(wait), caller))
                : as(
                    exchange,
                    GateResource.class,
                    "get",
                    caller -> gates.get(id, shortened(wait), caller));
      }
      case "POST flagger" ->
          switch (rest) {
            case "confirm-rollout" ->
                as(
                    exchange,
                    FlaggerResource.class,
                    "confirmRollout",
                    caller -> flagger.confirmRollout(caller, body));
            case "confirm-promotion" ->
                as(
                    exchange,
                    FlaggerResource.class,
                    "confirmPromotion",
                    caller -> flagger.confirmPromotion(caller, body));
            case "rollback" ->
                as(
                    exchange,
                    FlaggerResource.class,
                    "rollback",
                    caller -> flagger.rollback(caller, body));
            default -> Response.status(404).build();
          };
      default -> Response.status(404).build();
    };
  }

  /* The test controls the clock, so there is no real wait. */
  private static @Nullable String shortened(@Nullable String wait) {
    return wait == null ? null : "0s";
  }

  private interface Call {
    Response by(Caller caller);
  }

  private Response as(HttpExchange exchange, Class<?> resource, String method, Call call) {
    var client =
        new Client(
            exchange.getRequestHeaders().getFirst("Authorization"),
            null,
            "192.0.2.1",
            "it comes from elsewhere",
            "");
    return switch (access.authorize(client, scope(resource, method))) {
      case Access.Granted granted -> call.by(new Caller(granted));
      case Access.Missing(String reason) -> PharosError.answer(401, reason);
      case Access.Invalid(String reason) -> PharosError.answer(401, reason);
      case Access.Forbidden(String reason) -> PharosError.answer(403, reason);
      case Access.Limited limited -> PharosError.answer(429, limited.reason());
      case Access.Unknown(String reason) -> PharosError.answer(503, reason);
    };
  }

  private static Scope scope(Class<?> resource, String method) {
    return Arrays.stream(resource.getDeclaredMethods())
        .filter(one -> one.getName().equals(method) && one.isAnnotationPresent(Needs.class))
        .findFirst()
        .orElseThrow()
        .getAnnotation(Needs.class)
        .value();
  }

  private static @Nullable String query(HttpExchange exchange, String name) {
    String query = exchange.getRequestURI().getRawQuery();
    return query == null
        ? null
        : Arrays.stream(query.split("&"))
            .filter(pair -> pair.startsWith(name + "="))
            .map(pair -> pair.substring(name.length() + 1))
            .findFirst()
            .orElse(null);
  }

  private static void send(HttpExchange exchange, Response response) throws IOException {
    Object entity = response.getEntity();
    byte[] bytes =
        entity instanceof String text
            ? text.getBytes(StandardCharsets.UTF_8)
            : JSON.writeValueAsBytes(entity);
    String retryAfter = response.getHeaderString("Retry-After");
    if (retryAfter != null) {
      exchange.getResponseHeaders().set("Retry-After", retryAfter);
    }
    exchange.sendResponseHeaders(response.getStatus(), bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
