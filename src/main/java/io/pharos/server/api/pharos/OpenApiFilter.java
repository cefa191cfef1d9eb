package io.pharos.server.api.pharos;

import io.pharos.access.Scope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.media.Schema.SchemaType;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;
import org.jboss.jandex.AnnotationInstance;
import org.jboss.jandex.IndexView;
import org.jboss.jandex.MethodInfo;
import org.jspecify.annotations.Nullable;

/// Completes the generated OpenAPI document during the build: the scope of each operation, the
/// answers of authorization, and the content of answers that repeat another one's.
///
/// The running program does not use it.
public final class OpenApiFilter implements OASFilter {
  private static final String NEEDS = "io.pharos.server.api.Needs";
  private static final String EXEMPT = "io.pharos.server.api.Exempt";
  private static final String TEXT = "text/plain";

  /// 413 is answered before the body is read.
  private static final Set<String> WITHOUT_CONTENT = Set.of("204", "413");

  private final Map<String, MethodInfo> methods = new HashMap<>();

  /// @param index the compiled classes
  public OpenApiFilter(IndexView index) {
    for (AnnotationInstance one : index.getAnnotations(Operation.class)) {
      methods.put(one.value("operationId").asString(), one.target().asMethod());
    }
  }

  @Override
  public void filterOpenAPI(OpenAPI document) {
    document
        .getPaths()
        .getPathItems()
        .values()
        .forEach(
            path ->
                path.getOperations().forEach((method, operation) -> complete(method, operation)));
  }

  private void complete(
      PathItem.HttpMethod http, org.eclipse.microprofile.openapi.models.Operation operation) {
    MethodInfo method = methods.get(operation.getOperationId());
    if (method == null) {
      throw new IllegalStateException(http + " " + operation.getSummary() + " has no @Operation");
    }
    APIResponses responses = operation.getResponses();
    complete(responses);
    String scope = scope(http, method);
    if (scope == null) {
      operation.setSecurity(List.of());
      return;
    }
    operation.setSecurity(
        List.of(OASFactory.createSecurityRequirement().addScheme("token", List.of(scope))));
    responses.addAPIResponse("401", OASFactory.createAPIResponse().ref("Unauthorized"));
    responses.addAPIResponse("403", OASFactory.createAPIResponse().ref("Forbidden"));
    responses.addAPIResponse("503", OASFactory.createAPIResponse().ref("Unavailable"));
  }

  private static @Nullable String scope(PathItem.HttpMethod http, MethodInfo method) {
    if (method.hasAnnotation(EXEMPT)) {
      return null;
    }
    AnnotationInstance needs = method.annotation(NEEDS);
    if (needs != null) {
      return Scope.valueOf(needs.value().asEnum()).text();
    }
    return (http == PathItem.HttpMethod.GET ? Scope.READ : Scope.ADMIN).text();
  }

  /// Errors without content are a PharosError, or text where a success is text; other answers are
  /// like the first one with content.
  private static void complete(APIResponses responses) {
    Content success =
        responses.getAPIResponses().entrySet().stream()
            .filter(one -> !isError(one.getKey()) && one.getValue().getContent() != null)
            .map(one -> one.getValue().getContent())
            .findFirst()
            .orElse(null);
    for (Map.Entry<String, APIResponse> one : responses.getAPIResponses().entrySet()) {
      APIResponse response = one.getValue();
      if (response.getRef() != null || WITHOUT_CONTENT.contains(one.getKey())) {
        continue;
      }
      if (response.getContent() != null && !response.getContent().hasMediaType(TEXT)) {
        continue;
      }
      boolean isText = success != null && success.hasMediaType(TEXT);
      if (isText && !one.getKey().equals("400")) {
        response.setContent(content(TEXT, OASFactory.createSchema().addType(SchemaType.STRING)));
      } else {
        response.setContent(isError(one.getKey()) ? error() : success);
      }
    }
  }

  private static boolean isError(String status) {
    return status.compareTo("400") >= 0;
  }

  private static Content error() {
    return content("application/json", OASFactory.createSchema().ref("Error"));
  }

  private static Content content(String type, Schema schema) {
    return OASFactory.createContent()
        .addMediaType(type, OASFactory.createMediaType().schema(schema));
  }
}
