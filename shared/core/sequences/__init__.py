"""How models of one system read its windows, whoever runs their graphs: torch when training, ONNX Runtime later."""
