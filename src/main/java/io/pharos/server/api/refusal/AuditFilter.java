package io.pharos.server.api.refusal;

import io.pharos.access.Access;
import io.pharos.access.AccessControl;
import io.pharos.access.AuditEntry;
import io.pharos.access.AuditTrail;
import io.pharos.access.Client;
import io.pharos.access.Holder;
import io.pharos.access.Scope;
import io.pharos.server.api.Caller;
import io.pharos.server.api.Exempt;
import io.pharos.server.api.Exemption;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.Routine;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.HttpHeaders;
import java.lang.reflect.Method;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;

/// Records every change in the audit: requests that need a scope for writing, log-ins, log-outs and
/// silences and acknowledgements by links. Refused requests are recorded only if their sender is
/// known, so that strangers can't fill the audit; wrong log-ins are limited.
public class AuditFilter {
  /// Key of a routing context's data: the name of who logged in or out.
  public static final String ACTOR = "audit.actor";

  private final AccessControl access;
  private final RequestClient clients;
  private final AuditTrail audit;

  AuditFilter(AccessControl access, RequestClient clients, AuditTrail audit) {
    this.access = access;
    this.clients = clients;
    this.audit = audit;
  }

  private record Actor(String name, AuditEntry.Means means) {}

  @ServerResponseFilter
  void record(
      ContainerRequestContext request,
      ContainerResponseContext response,
      ResourceInfo resource,
      RoutingContext routing) {
    Method method = resource.getResourceMethod();
    if (method == null || (routing.get(ACTOR) == null && !isChange(method, request.getMethod()))) {
      return;
    }
    Client client = clients.of(routing.request());
    actor(method, request, routing, client, response.getStatus())
        .ifPresent(
            actor ->
                audit.record(
                    actor.name(),
                    actor.means(),
                    client.address(),
                    request.getMethod() + " " + route(resource),
                    subject(request, response),
                    response.getStatus()));
  }

  /// Whether the audit records the calls of a method.
  static boolean isChange(Method method, String httpMethod) {
    if (AccessFilter.isSafe(httpMethod) || method.isAnnotationPresent(Routine.class)) {
      return false;
    }
    Exempt exempt = method.getAnnotation(Exempt.class);
    return exempt == null
        ? AccessFilter.scope(method, httpMethod).filter(Scope::writes).isPresent()
        : switch (exempt.value()) {
          case LOG_IN, LOG_OUT, SILENCE_LINK, ACKNOWLEDGE_LINK -> true;
          case HEALTH, SIGNED, PROBE_TOKEN, PUSH_TOKEN, GONE -> false;
        };
  }

  private Optional<Actor> actor(
      Method method,
      ContainerRequestContext request,
      RoutingContext routing,
      Client client,
      int status) {
    if (routing.get(ACTOR) instanceof String name) {
      return Optional.of(new Actor(name, AuditEntry.Means.LOGIN));
    }
    Optional<Actor> holder =
        access
            .holder(client)
            .map(Holder::name)
            .map(name -> new Actor(name, AuditEntry.Means.SESSION));
    if (request.getSecurityContext() != null
        && request.getSecurityContext().getUserPrincipal() instanceof Caller(Access.Granted by)) {
      boolean isSession = client.authorization() == null && holder.isPresent();
      return Optional.of(
          new Actor(
              by.name(),
              isSession
                  ? AuditEntry.Means.SESSION
                  : by.name().equals("local") ? AuditEntry.Means.HOST : AuditEntry.Means.TOKEN));
    }
    Exempt exempt = method.getAnnotation(Exempt.class);
    boolean byLink =
        exempt != null
            && (exempt.value() == Exemption.SILENCE_LINK
                || exempt.value() == Exemption.ACKNOWLEDGE_LINK)
            && status < 400;
    return holder.or(
        () -> byLink ? Optional.of(new Actor("", AuditEntry.Means.LINK)) : Optional.empty());
  }

  private static String route(ResourceInfo resource) {
    Path root = resource.getResourceClass().getAnnotation(Path.class);
    Path own = resource.getResourceMethod().getAnnotation(Path.class);
    String path = (root == null ? "" : root.value()) + (own == null ? "" : "/" + own.value());
    return ("/" + path).replaceAll("/{2,}", "/");
  }

  /* The answer's address names what was created, as in /silences#ID. Its query may contain the
   * signature of a link. */
  private static String subject(
      ContainerRequestContext request, ContainerResponseContext response) {
    String parameters =
        request.getUriInfo().getPathParameters().entrySet().stream()
            .map(one -> one.getKey() + "=" + String.join(",", one.getValue()))
            .sorted()
            .collect(Collectors.joining(" "));
    String location = response.getHeaderString(HttpHeaders.LOCATION);
    return location == null
        ? parameters
        : (parameters + " → " + location.replaceAll("\\?[^#]*", "")).strip();
  }
}
