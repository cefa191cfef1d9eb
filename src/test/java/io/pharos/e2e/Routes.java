package io.pharos.e2e;

import io.pharos.access.Scope;
import io.pharos.server.api.Exempt;
import io.pharos.server.api.Exemption;
import io.pharos.server.api.Needs;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HttpMethod;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Every route of the application, as its classes declare them: one that is added is among them.
final class Routes {
  private static final String ROOM = "io/pharos/server";

  /// Only these may know what a route is (ArchitectureTest).
  private static final Set<String> PARTS = Set.of("app", "api", "web", "cli");

  private Routes() {}

  /// One route.
  ///
  /// @param path with something in the place of each parameter
  /// @param type a content type that it takes; empty if it does not say
  /// @param needs the scope that it asks for; empty for an exempt one
  record Route(
      String method,
      String path,
      String type,
      Optional<Scope> needs,
      Optional<Exemption> exemption) {
    boolean reads() {
      return needs.filter(scope -> scope == Scope.READ).isPresent();
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  static List<Route> all() throws IOException {
    var routes = new ArrayList<Route>();
    Path classes = Path.of("target/classes");
    try (var files = Files.walk(classes.resolve(ROOM))) {
      for (Path file : files.filter(one -> one.toString().endsWith(".class")).toList()) {
        if (PARTS.contains(classes.resolve(ROOM).relativize(file).getName(0).toString())) {
          addRoutes(routes, resource(classes.relativize(file)));
        }
      }
    }
    routes.sort(Comparator.comparing(Route::toString));
    return routes;
  }

  private static Class<?> resource(Path file) {
    String name = file.toString().replace('/', '.').replaceAll("\\.class$", "");
    try {
      return Class.forName(name, false, Routes.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void addRoutes(List<Route> routes, Class<?> resource) {
    var root = resource.getAnnotation(jakarta.ws.rs.Path.class);
    if (root == null) {
      return;
    }
    for (Method method : methods(resource)) {
      for (Annotation annotation : method.getAnnotations()) {
        var http = annotation.annotationType().getAnnotation(HttpMethod.class);
        if (http != null) {
          routes.add(route(http.value(), root.value(), method));
        }
      }
    }
  }

  private static List<Method> methods(Class<?> resource) {
    var methods = new ArrayList<Method>();
    for (@Nullable Class<?> at = resource; at != null; at = at.getSuperclass()) {
      methods.addAll(List.of(at.getDeclaredMethods()));
    }
    return methods;
  }

  private static Route route(String http, String root, Method method) {
    var at = method.getAnnotation(jakarta.ws.rs.Path.class);
    String path = ("/" + root + "/" + (at == null ? "" : at.value())).replaceAll("/+", "/");
    path = path.replace("{action:delete_series|clean_tombstones|snapshot}", "snapshot");
    path = path.replaceAll("\\{[^}]*}", "x");
    if (path.length() > 1 && path.endsWith("/")) {
      path = path.substring(0, path.length() - 1);
    }
    var consumes = method.getAnnotation(Consumes.class);
    var exempt = method.getAnnotation(Exempt.class);
    var needs = method.getAnnotation(Needs.class);
    Optional<Scope> scope =
        exempt != null
            ? Optional.empty()
            : needs != null
                ? Optional.of(needs.value())
                : Optional.of(http.equals("GET") ? Scope.READ : Scope.ADMIN);
    return new Route(
        http,
        path,
        consumes == null || consumes.value()[0].contains("*") ? "" : consumes.value()[0],
        scope,
        Optional.ofNullable(exempt).map(Exempt::value));
  }
}
