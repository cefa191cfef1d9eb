package io.pharos.server.api.pharos;

import static java.util.Objects.requireNonNull;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.InputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;

/// Serves the OpenAPI document of this API. The build generates it from the annotations of the
/// resources and from META-INF/openapi.yaml.
@Path("/api/pharos/v1/openapi.json")
@RunOnVirtualThread
public class OpenApiResource {
  static final String DOCUMENT = "openapi.json";

  /// Returns the document.
  @Operation(operationId = "getOpenApi", summary = "Returns this document")
  @Exchange("200 [] The document.")
  @GET
  @Produces(MediaType.APPLICATION_JSON)
  public InputStream get() {
    return requireNonNull(OpenApiResource.class.getResourceAsStream(DOCUMENT));
  }
}
