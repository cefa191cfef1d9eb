package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.pharos.gate.deployment.InvalidFieldException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

/// An error of Pharos' own API.
///
/// @param error the error as a sentence
/// @param field the invalid field; null if the error is about the whole request
/// @param value the invalid value; null if the error is about the whole request
/// @param expected what the field may contain; null if the error is about the whole request
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PharosError(
    String error, @Nullable String field, @Nullable String value, @Nullable String expected) {

  /// Creates the answer for an error about the whole request.
  public static Response answer(int status, String error) {
    return builder(status, new PharosError(error, null, null, null)).build();
  }

  /// Creates the answer for an error about one field.
  public static Response answer(int status, InvalidFieldException e) {
    return builder(
            status,
            new PharosError(String.valueOf(e.getMessage()), e.field(), e.value(), e.expected()))
        .build();
  }

  static Response answer(int status, String field, String value, String expected) {
    return answer(status, new InvalidFieldException(field, value, expected));
  }

  static Response.ResponseBuilder builder(int status, PharosError error) {
    return Response.status(status).type(MediaType.APPLICATION_JSON_TYPE).entity(error);
  }
}
