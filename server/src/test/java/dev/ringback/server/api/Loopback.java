package dev.ringback.server.api;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A gRPC server of a test's own parts, and a connection to it. */
public final class Loopback implements AutoCloseable {
  public final ManagedChannel channel;
  private final Server server;

  /** Starts a server of the services and interceptors that are added to it. */
  public Loopback(UnaryOperator<NettyServerBuilder> parts) throws IOException {
    InetAddress here = InetAddress.getLoopbackAddress();
    server =
        parts
            .apply(NettyServerBuilder.forAddress(new InetSocketAddress(here, 0)))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build()
            .start();
    channel =
        NettyChannelBuilder.forAddress(new InetSocketAddress(here, server.getPort()))
            .usePlaintext()
            .build();
  }

  @Override
  public void close() throws InterruptedException {
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }
}
