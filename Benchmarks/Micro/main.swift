try measureBatches()
try measureMessages()
