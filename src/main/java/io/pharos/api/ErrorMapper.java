package io.pharos.api;

import io.pharos.promql.value.QueryException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/// Turns what the services throw into answers, in one place.
class ErrorMapper {
  @ServerExceptionMapper
  Response refused(ApiException e) {
    return PrometheusJson.error(e.status(), e.errorType(), e.reason());
  }

  /// An unknown path is never a page.
  @ServerExceptionMapper
  Response notFound(NotFoundException e) {
    return Response.status(404)
        .type(MediaType.TEXT_PLAIN_TYPE)
        .entity("404 page not found\n")
        .build();
  }

  @ServerExceptionMapper
  Response query(QueryException e) {
    int status =
        switch (e.kind()) {
          case BAD_DATA -> 400;
          case EXECUTION -> 422;
          case TIMEOUT -> 503;
          case CANCELED -> 499;
          case UNAVAILABLE -> 500;
        };
    return PrometheusJson.error(status, e.kind().errorType(), e.reason());
  }
}
