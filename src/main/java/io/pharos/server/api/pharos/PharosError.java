package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.pharos.gate.deployment.InvalidFieldException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

/// What Pharos' own API answers when it refuses.
///
/// @param error a sentence
/// @param field which part of the request; null if it is about the whole
/// @param value what was found there
/// @param expected what should have been there
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PharosError(
    String error, @Nullable String field, @Nullable String value, @Nullable String expected) {

  public static Response answer(int status, String error) {
    return builder(status, new PharosError(error, null, null, null)).build();
  }

  public static Response answer(int status, InvalidFieldException e) {
    return builder(
            status,
            new PharosError(String.valueOf(e.getMessage()), e.field(), e.value(), e.expected()))
        .build();
  }

  static Response.ResponseBuilder builder(int status, PharosError error) {
    return Response.status(status).type(MediaType.APPLICATION_JSON_TYPE).entity(error);
  }
}
