package io.pharos.server.api.pharos;

import static java.util.Objects.requireNonNull;

import io.pharos.access.Scope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
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

/// Completes the OpenAPI document that the build generates: adds to each operation its scope, its
/// body, its answers ([Exchange]), and the answers to callers without permission.
///
/// Only the build runs this class.
public final class OpenApiFilter implements OASFilter {
  private static final String NEEDS = "io.pharos.server.api.Needs";
  private static final String EXEMPT = "io.pharos.server.api.Exempt";
  private static final String PRODUCES = "jakarta.ws.rs.Produces";
  private static final String JSON = "application/json";
  private static final String TEXT = "text/plain";
  private static final Pattern ANSWER =
      Pattern.compile("(?<status>\\d{3}) (?:#(?<ref>\\w+)|(?:\\[(?<schema>\\w*)] )?(?<text>.*))");

  /// Statuses whose answers have no body. A 413 has no body, because Pharos sends it before it
  /// reads the request.
  private static final Set<String> WITHOUT_CONTENT = Set.of("204", "413");

  private final Map<String, MethodInfo> methods = new HashMap<>();

  /// @param index the compiled classes
  public OpenApiFilter(IndexView index) {
    for (AnnotationInstance operation :
        index.getAnnotations(org.eclipse.microprofile.openapi.annotations.Operation.class)) {
      methods.put(operation.value("operationId").asString(), operation.target().asMethod());
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

  private void complete(PathItem.HttpMethod http, Operation operation) {
    MethodInfo method = methods.get(operation.getOperationId());
    if (method == null) {
      throw new IllegalStateException(http + " " + operation.getSummary() + " has no @Operation");
    }
    AnnotationInstance body = method.annotation(Exchange.Body.class);
    if (body != null) {
      operation.setRequestBody(
          OASFactory.createRequestBody().required(true).content(json(body.value().asString())));
    }
    APIResponses responses = responses(method);
    operation.setResponses(responses);
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

  /// Returns the answers of an operation. An answer whose text names no schema is plain text if the
  /// resource produces text and the answer is no refusal. Otherwise an answer with an error status
  /// is a PharosError, and any other answer has the schema of the first answer.
  private APIResponses responses(MethodInfo method) {
    AnnotationInstance produces = method.declaringClass().annotation(PRODUCES);
    String type = produces == null ? JSON : produces.value().asStringArray()[0];
    boolean isText = type.startsWith("text/");
    AnnotationInstance exchange = method.annotation(Exchange.class);
    if (exchange.value("like") != null) {
      return responses(requireNonNull(methods.get(exchange.value("like").asString())));
    }
    APIResponses responses = OASFactory.createAPIResponses();
    String firstSchema = "";
    for (String text : exchange.value().asStringArray()) {
      Matcher answer = ANSWER.matcher(text);
      if (!answer.matches()) {
        throw new IllegalArgumentException(
            method + ": expected an answer such as '404 There is no gate.', found '" + text + "'");
      }
      String status = String.valueOf(answer.group("status"));
      String ref = answer.group("ref");
      String schema = answer.group("schema");
      if (firstSchema.isEmpty() && schema != null) {
        firstSchema = schema;
      }
      APIResponse response = OASFactory.createAPIResponse();
      responses.addAPIResponse(status, response);
      if (ref != null) {
        response.ref(ref);
        continue;
      }
      response.description(answer.group("text"));
      if (WITHOUT_CONTENT.contains(status)) {
        continue;
      }
      if (schema == null && isText && !isRefusal(type, status)) {
        response.content(content(type, OASFactory.createSchema().addType(SchemaType.STRING)));
      } else if (schema == null) {
        response.content(json(status.compareTo("400") >= 0 ? "Error" : firstSchema));
      } else {
        response.content(json(schema));
      }
    }
    return responses;
  }

  /// Returns whether an answer is a PharosError although the resource produces text: plain texts
  /// are for webhooks, which expect their refusals as texts too.
  private static boolean isRefusal(String type, String status) {
    return type.equals(TEXT) ? status.equals("400") : status.compareTo("400") >= 0;
  }

  private static Content json(String schema) {
    Schema reference = OASFactory.createSchema();
    return content(JSON, schema.isEmpty() ? reference : reference.ref(schema));
  }

  private static Content content(String type, Schema schema) {
    return OASFactory.createContent()
        .addMediaType(type, OASFactory.createMediaType().schema(schema));
  }
}
